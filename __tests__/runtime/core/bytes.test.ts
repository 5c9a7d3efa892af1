import { randomBytes } from 'node:crypto';
import { fromBase64, fromHex, isHex, toBase64, toHex } from '../../../src/runtime/core/bytes';

const samples = Array.from({ length: 200 }, (_, length) => randomBytes(length));

test('hex is what Node makes of the same bytes, and leads back', () => {
  for (const bytes of samples) {
    expect(toHex(bytes)).toBe(bytes.toString('hex'));
    expect(Buffer.from(fromHex(toHex(bytes))).equals(bytes)).toBe(true);
  }
});

describe.each([
  ['by tables', undefined],
  ["by the platform's own functions", ownFunctions()],
])('base64 %s', (_how, own) => {
  const platform = [
    [Uint8Array, 'fromBase64'],
    [Uint8Array.prototype, 'toBase64'],
  ] as const;
  const before = platform.map(([owner, name]) => Object.getOwnPropertyDescriptor(owner, name));

  beforeAll(() => {
    for (const [owner, name] of platform)
      Object.defineProperty(owner, name, { value: own?.[name], configurable: true, writable: true });
  });
  afterAll(() => {
    platform.forEach(([owner, name], index) => {
      if (before[index]) Object.defineProperty(owner, name, before[index]);
      else Reflect.deleteProperty(owner, name);
    });
  });

  test('is what Node makes of the same bytes, and leads back', () => {
    for (const bytes of samples) {
      expect(toBase64(bytes)).toBe(bytes.toString('base64'));
      expect(Buffer.from(fromBase64(toBase64(bytes))!).equals(bytes)).toBe(true);
    }
  });

  test('has one spelling for each sequence of bytes', () => {
    for (const bytes of samples.slice(1, 20)) {
      const text = toBase64(bytes);
      const last = text.replace(/=+$/, '').length - 1;
      for (const digit of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/') {
        const other = text.slice(0, last) + digit + text.slice(last + 1);
        const decoded = fromBase64(other);
        if (decoded !== undefined) expect(toBase64(decoded)).toBe(other);
      }
    }
  });

  test.each([
    ...['A', 'AA', 'AAA', 'A===', '====', '=AAA', 'AA=A', 'AA==AA==', 'AAA\n', 'AAAé', 'AA__'],
    ...['    ', 'AAAA    ', '\n\n\n\nAAAA', 'A A A A ', 'AA ==   ', 'AAA=\t\t\t\t', '\u{10000}AA'],
  ])('%j is none', (text) => {
    expect(fromBase64(text)).toBeUndefined();
  });
});

/** As ECMAScript has them since 2026, which Node 20 does not; white space between the digits means nothing to them. */
function ownFunctions() {
  return {
    fromBase64(text: string, { lastChunkHandling }: { readonly lastChunkHandling: string }): Uint8Array {
      const digits = text.replace(/[\t\n\f\r ]/g, '');
      const bytes = Buffer.from(digits, 'base64');
      if (lastChunkHandling !== 'strict' || bytes.toString('base64') !== digits) throw new SyntaxError('not base64');
      return Uint8Array.from(bytes);
    },
    toBase64(this: Uint8Array): string {
      return Buffer.from(this).toString('base64');
    },
  };
}

test.each([
  ['0123456789abcdef', 16, true],
  ['0123456789ABCDEF', 16, false],
  ['0123456789abcdeg', 16, false],
  ['0123456789abcde', 16, false],
  ['0123456789abcdef0', 16, false],
  [123, 3, false],
  [undefined, 0, false],
])('isHex(%j, %i) is %s', (value, digits, expected) => {
  expect(isHex(value, digits)).toBe(expected);
});
