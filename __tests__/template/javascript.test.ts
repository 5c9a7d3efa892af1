import { toJavaScript } from '../../scripts/template/javascript';

const enums = new Map([
  [
    'CallName',
    new Map([
      ['Seed', 'seed'],
      ['FrameLag', 'frame-lag'],
      ['Beat', 'beat'],
    ]),
  ],
]);
const write = (text: string): string => toJavaScript('engine.ts', text, enums);

test.each([
  [
    'code without types stays as it is',
    '// Why.\nexport const a = [1].map((b) => b + 1);\n',
    '// Why.\nexport const a = [1].map((b) => b + 1);\n',
  ],
  [
    'the type of a variable goes above it',
    'const a: readonly string[] = [];',
    '/** @type {readonly string[]} */\nconst a = [];',
  ],
  [
    'what a comment says is merged with the types',
    '/** All of them. */\nconst a: readonly string[] = [];',
    '/**\n * All of them.\n * @type {readonly string[]}\n */\nconst a = [];',
  ],
  ['an assertion becomes a comment with parentheses', 'f(a as B);', 'f(/** @type {B} */ (a));'],
  ['assertions are nested', 'f(a as unknown as B);', 'f(/** @type {B} */ (/** @type {unknown} */ (a)));'],
  [
    'parameters and the result of a function are described',
    'export function f(a: string, b?: number, c: boolean = true, ...d: readonly string[]): string {}',
    '/**\n * @param {string} a\n * @param {number} [b]\n * @param {boolean} [c]\n * @param {...string} d\n * @returns {string}\n */\nexport function f(a, b, c = true, ...d) {}',
  ],
  [
    'what the comment says of them stays with them, and other tags come last',
    '/**\n * Opens it.\n * @throws SyncError when it cannot.\n * @param a as given,\n * or not.\n * @returns what it opened.\n */\nfunction f(a: string): string {}',
    '/**\n * Opens it.\n * @param {string} a as given,\n * or not.\n * @returns {string} what it opened.\n * @throws SyncError when it cannot.\n */\nfunction f(a) {}',
  ],
  [
    'type parameters are templates',
    'function f<Name extends keyof All, Rest = never>(a: Name): Rest {}',
    '/**\n * @template {keyof All} Name\n * @template [Rest=never]\n * @param {Name} a\n * @returns {Rest}\n */\nfunction f(a) {}',
  ],
  [
    'a parameter that is taken apart is called by its type',
    'function f({ a, ...b }: FirstCall, { c = 1 }: { readonly c?: number } = {}): string {}',
    '/**\n * @param {FirstCall} call\n * @param {{ readonly c?: number }} options\n * @returns {string}\n */\nfunction f({ a, ...b }, { c = 1 } = {}) {}',
  ],
  [
    'that nothing is returned is left to be inferred',
    'async function f(): Promise<void> {}\nfunction g(): void {}',
    'async function f() {}\nfunction g() {}',
  ],
  [
    'a function in a variable is described above that',
    '/** Starts it. */\nconst f = (a: A): B => b(a);',
    '/**\n * Starts it.\n * @param {A} a\n * @returns {B}\n */\nconst f = (a) => b(a);',
  ],
  [
    'a function in an expression has the types before its parameters',
    'a.map((b: B, c) => b);',
    'a.map((/** @type {B} */ b, c) => b);',
  ],
  [
    'members of a class have their modifiers as tags',
    'class A {\n  private readonly b: B;\n  readonly c = 1;\n  public d: D | undefined;\n  private static override e(): E {}\n}',
    'class A {\n  /** @private @readonly @type {B} */\nb;\n  /** @readonly */\nc = 1;\n  /** @type {D | undefined} */\nd;\n  /** @private @override @returns {E} */\nstatic e() {}\n}',
  ],
  [
    'accessors and constructors are functions',
    'class A {\n  constructor(a: A) {}\n  get b(): B {}\n}',
    'class A {\n  /** @param {A} a */\nconstructor(a) {}\n  /** @returns {B} */\nget b() {}\n}',
  ],
  [
    'an alias is a typedef',
    '/** A name. */\nexport type A = keyof B & string;',
    '/**\n * A name.\n * @typedef {keyof B & string} A\n */',
  ],
  [
    'an alias may have type parameters',
    'type A<B extends C> = D[B];',
    '/**\n * @template {C} B\n * @typedef {D[B]} A\n */',
  ],
  [
    'a union with a line for each member keeps them',
    'type A =\n  | { readonly a: 1 }\n  | { readonly b: 2 };',
    '/**\n * @typedef {(\n *   | { readonly a: 1 }\n *   | { readonly b: 2 }\n * )} A\n */',
  ],
  [
    'an interface has a property for each member, with its comment',
    'interface A {\n  readonly a: string;\n  /** Whether. */\n  b?: boolean;\n  /** Does. */\n  c<T>(d: T): void;\n}',
    '/**\n * @typedef {object} A\n * @property {string} a\n * @property {boolean} [b] Whether.\n * @property {<T>(d: T) => void} c Does.\n */',
  ],
  [
    'a long comment of a property stands below it',
    `interface A {\n  /** ${'long '.repeat(25).trim()}. */\n  a: string;\n}`,
    `/**\n * @typedef {object} A\n * @property {string} a\n *   ${'long '.repeat(25).trim()}.\n */`,
  ],
  [
    'a name that is no identifier is written in braces',
    'interface A {\n  [CallName.FrameLag]: string;\n}',
    "/**\n * @typedef {{\n *   'frame-lag': string;\n * }} A\n */",
  ],
  [
    'an interface with an index signature or a base is a type in braces',
    'interface A extends B {\n  readonly [name: string]: C;\n}',
    '/**\n * @typedef {B & {\n *   readonly [name: string]: C;\n * }} A\n */',
  ],
  [
    "a key that is computed from an enum's member is its value",
    'interface A {\n  [CallName.Seed]: string;\n  [CallName.Beat]: number;\n}',
    '/**\n * @typedef {object} A\n * @property {string} seed\n * @property {number} beat\n */',
  ],
  [
    'imported types are typedefs, behind all imports',
    "import type { A, B as C } from 'a';\nimport d from 'd';\n\nlet e: A | C;",
    "import d from 'd';\n\n/**\n * @typedef {import('a').A} A\n * @typedef {import('a').B} C\n */\n\n\n/** @type {A | C} */\nlet e;",
  ],
  [
    'an imported type with arguments is named in full',
    "import type { A } from 'a';\nlet b: A<string>;",
    "/** @type {import('a').A<string>} */\nlet b;",
  ],
  [
    'so is one whose name is exported as a value',
    "import type { A } from 'a';\nexport { A } from 'a';\nlet b: A;",
    "export { A } from 'a';\n/** @type {import('a').A} */\nlet b;",
  ],
  [
    'exported types are typedefs, once',
    "import type { A } from 'a';\nexport type { A } from 'a';\nlet b: A;",
    "\n\n/** @typedef {import('a').A} A */\n/** @type {A} */\nlet b;",
  ],
  [
    'files of the template have another name now',
    "// See schema.ts and worker/crypto.asm.ts.\nnew URL('./worker/index.ts', here);",
    "// See schema.js and worker/crypto.asm.ts.\nnew URL('./worker/index.js', here);",
  ],
])('%s', (_name, text, expected) => {
  expect(write(text)).toBe(expected);
});

test.each([
  ['an enum', "\nenum A { B = 'b' }", 'engine.ts:2:1 JavaScript has no enum'],
  ['type arguments of a call', 'f<string>(a);', 'engine.ts:1:1 a call in JavaScript has no type arguments'],
  ['a "!" behind an expression', 'f(a!);', 'engine.ts:1:3 JavaScript has no "!"'],
  ['"satisfies"', 'f(a satisfies B);', 'engine.ts:1:3 JavaScript has no "satisfies"'],
  ['"declare"', 'declare const a: string;', 'engine.ts:1:1 JavaScript has neither "declare" nor "abstract"'],
  ['"implements"', 'class A implements B {}', 'engine.ts:1:9 JavaScript has no "implements"'],
  ['a class with type parameters', 'class A<B> {}', 'engine.ts:1:9 a class with type parameters has no form here'],
  [
    'a comment inside a type',
    'type A =\n  // Why.\n  | B\n  /** How. */\n  | C;',
    'engine.ts:4:3 JSDoc has no comments inside a type',
  ],
  [
    'a comment in an interface that no property has',
    'interface A {\n  // Why.\n  b: B;\n}',
    'engine.ts:2:3 JSDoc has no comments inside a type',
  ],
  [
    'a key that is computed from anything else',
    'interface A { [b.c]: string }',
    'engine.ts:1:15 only a member of an enum of the template',
  ],
  [
    'several variables of which one has a type',
    'let a: string, b = 1;',
    'engine.ts:1:8 JSDoc has no form for a type in this place',
  ],
  [
    'a function without a name that declares its result',
    'f((a): string => a);',
    'engine.ts:1:3 give this function a name',
  ],
  [
    'an overload',
    'function f(a: string): void;\nfunction f(a: unknown) {}',
    'engine.ts:1:1 JSDoc has no form for signatures without a body',
  ],
  [
    'an optional property of a class',
    'class A {\n  b?: string;\n}',
    'engine.ts:2:3 write the type of this property as a union with undefined',
  ],
  [
    'a comment on a parameter that there is not',
    '/** @param b what. */\nfunction f(a: string) {}',
    'engine.ts:2:1 its comment describes "b"',
  ],
  ['a type among the names of an import', "import { type A } from 'a';", 'engine.ts:1:10 write "import type { ... }"'],
  [
    'an import of all types of a module',
    "import type * as a from 'a';",
    'engine.ts:1:1 types are imported and exported by their names',
  ],
])('%s is refused with its place', (_name, text, message) => {
  expect(() => write(text)).toThrow(message);
});
