import fc from 'fast-check';
import {
  canonicalJson,
  cleanValue,
  compareUtf8,
  compareValues,
  sameValue,
  utf8Bytes,
} from '../../../src/runtime/crdt/json-value';
import { ErrorCode, SyncError } from '../../../src/runtime/core/errors';
import type { SyncValue } from '../../../src/runtime/core/json';

const json = fc.jsonValue() as fc.Arbitrary<SyncValue>;
const text = fc.string({ unit: 'binary' });

describe('canonical JSON', () => {
  test('is JSON of the same value', () => {
    fc.assert(
      fc.property(json, (value) => expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))),
    );
  });

  test('is one text for each value', () => {
    expect(canonicalJson({ b: [1, -0, { d: null, c: '' }], a: 'x' })).toBe('{"a":"x","b":[1,0,{"c":"","d":null}]}');
    expect(canonicalJson({ '😀': 1, '\ue000': 2 })).toBe('{"\ue000":2,"😀":1}');
  });

  test('says whether two values are the same', () => {
    fc.assert(fc.property(json, json, (a, b) => expect(sameValue(a, b)).toBe(canonicalJson(a) === canonicalJson(b))));
    fc.assert(fc.property(json, (a) => expect(sameValue(a, JSON.parse(JSON.stringify(a)) as SyncValue)).toBe(true)));
  });
});

describe('texts', () => {
  test('are in the order of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(text, text, (a, b) =>
        expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b))),
      ),
    );
  });

  test('are measured in UTF-8 bytes', () => {
    fc.assert(fc.property(text, (a) => expect(utf8Bytes(a)).toBe(Buffer.byteLength(a))));
  });

  test('are all above a tombstone, as every value is', () => {
    fc.assert(fc.property(json, (value) => expect(compareValues(undefined, value)).toBe(-1)));
  });
});

describe('a value that is written', () => {
  test('stays as it is when it is JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: true } as never), (value) => {
        fc.pre(!/"[^"]*__|-0/.test(JSON.stringify(value)) && !Object.is(value, -0));
        const given = JSON.parse(JSON.stringify(value)) as SyncValue;
        expect(cleanValue(given, '')).toBe(given);
      }),
    );
  });

  test('has 0 for -0, and no properties that are undefined', () => {
    const cleaned = cleanValue({ a: [-0], b: undefined, c: { d: undefined } }, '') as { a: number[] };
    expect(Object.is(cleaned.a[0], 0)).toBe(true);
    expect(cleaned).toStrictEqual({ a: [0], c: {} });
  });

  class Secret {
    readonly value = 'secret';
  }
  const deep = JSON.parse('['.repeat(200) + ']'.repeat(200)) as unknown;
  const sparse = [1];
  sparse.length = 2;
  test.each<[what: string, path: string, value: unknown]>([
    ['NaN', '/a', { a: NaN }],
    ['an infinity', '/a/1', { a: [0, -Infinity] }],
    ['undefined in an array', '/a/0', { a: [undefined] }],
    ['a hole in an array', '/1', sparse],
    ['a Date', '/a/b', { a: { b: new Date(0) } }],
    ['a BigInt', '/a~1b', { 'a/b': 1n }],
    ['a function', '/a', { a: () => 'secret' }],
    ['a symbol', '/a', { a: Symbol('secret') }],
    ['a Map', '/a', { a: new Map() }],
    ['a Blob', '/a', { a: new Blob(['secret']) }],
    ['an instance of a class', '/a', { a: new Secret() }],
    ['a name that the database would change', '/a/__b', { a: { __b: 'secret' } }],
    ['a cycle, or anything as deep', '/0', deep],
  ])('is refused for %s, with its path and without its value', (_what, path, value) => {
    let refusal: unknown;
    try {
      cleanValue(value, '');
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(SyncError);
    const { code, message } = refusal as SyncError;
    expect(code).toBe(ErrorCode.ValueUnsupported);
    expect(message).toContain(`at ${path}`);
    expect(message).not.toContain('secret');
  });
});
