import { findEnums, toErasable } from '../../scripts/template/erasable';

function erase(text: string, file = 'types.ts'): string {
  const enums = findEnums('types.ts', "export enum ToPage { Opened = 'opened', Closed = 'closed' }");
  return toErasable(file, text, new Map([...enums, ...findEnums(file, text)]));
}

test.each([
  [
    'an enum becomes a frozen object',
    "export enum A { Open = 'open', Close = 'close' }",
    "export const A = Object.freeze({ Open: 'open', Close: 'close' });",
  ],
  [
    'its comments stay where they are',
    "/** What. */\nenum A {\n  /** Why. */\n  Open = 'open', // here\n}",
    "/** What. */\nconst A = Object.freeze({\n  /** Why. */\n  Open: 'open', // here\n});",
  ],
  [
    'a type that names a member asks for the type of it',
    "enum A { Open = 'open' }\ntype B = { readonly type: A.Open };",
    "const A = Object.freeze({ Open: 'open' });\ntype B = { readonly type: typeof A.Open };",
  ],
  [
    'a type that names the enum is the union of its values',
    "enum A { Open = 'open' }\nlet b: readonly A[];",
    "const A = Object.freeze({ Open: 'open' });\nlet b: readonly (typeof A)[keyof typeof A][];",
  ],
  [
    'a computed key stays what it is',
    "enum A { Open = 'open' }\ninterface B { readonly [A.Open]: () => void }",
    "const A = Object.freeze({ Open: 'open' });\ninterface B { readonly [A.Open]: () => void }",
  ],
  [
    'an enum of another file of the template is known by its import',
    "import { ToPage as P } from './types';\ntype B = P.Opened;",
    "import { ToPage as P } from './types';\ntype B = typeof P.Opened;",
  ],
  [
    'an enum of a package stays an enum, even of the same name',
    "import { ToPage } from 'zero-backend-sync/core';\ntype B = ToPage.Opened;",
    "import { ToPage } from 'zero-backend-sync/core';\ntype B = ToPage.Opened;",
  ],
])('%s', (_name, text, expected) => {
  expect(erase(text)).toBe(expected);
});

test.each([
  [
    'a parameter property',
    'class A {\n  constructor(private a: string) {}\n}',
    'types.ts:2:15 a parameter property cannot be erased',
  ],
  ['a const enum', "const enum A { B = 'b' }", 'types.ts:1:1 a const enum cannot be erased'],
  ['a namespace', 'namespace A { export const b = 1; }', 'types.ts:1:1 a namespace cannot be erased'],
  [
    'an assertion in angle brackets',
    'const a = <string>b;',
    'types.ts:1:11 a type assertion in angle brackets cannot be erased',
  ],
  ['an import with "="', "import a = require('a');", 'types.ts:1:1 an import with "=" cannot be erased'],
  ['an export with "="', 'export = a;', 'types.ts:1:1 an export with "=" cannot be erased'],
  ['an enum of numbers', 'enum A {\n  B,\n}', 'types.ts:2:3 a member of an enum needs a string as its value'],
  [
    'a member with a computed name',
    "enum A { 'b-c' = 'b' }",
    'types.ts:1:10 the name of a member of an enum has to be an identifier',
  ],
  ['what is not TypeScript', 'const = 1;', 'types.ts:1:7 Variable declaration expected.'],
])('%s is refused with its place', (_name, text, message) => {
  expect(() => erase(text)).toThrow(message);
});
