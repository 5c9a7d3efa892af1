import fc from 'fast-check';
import { ErrorCode } from '../../../../src/runtime/core/errors';
import { isGuessable, normaliseIdentity } from '../../../../src/runtime/crypto/identity';
import { encodeCode, newCode, readCode } from '../../../../src/runtime/page/sync-code/code';

const bytesOfCode = fc.uint8Array({ minLength: 16, maxLength: 16 });
const codes = bytesOfCode.map(encodeCode);
const symbols = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const isRefused = (text: string) => {
  try {
    readCode(text);
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: ErrorCode.SyncCodeInvalid });
    if (text.length > 4) expect((error as Error).message).not.toContain(text);
    return true;
  }
};

test('a code is seven groups of four, without symbols that look like others', () => {
  expect(newCode()).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}$/);
});

test('two codes are never the same, and all their bits are random', () => {
  const seen = Array.from({ length: 400 }, newCode);
  expect(new Set(seen).size).toBe(400);
  for (let place = 0; place < 25; place++)
    expect(new Set(seen.map((code) => code.replace(/-/g, '')[place])).size).toBe(32);
});

test('different bits have different codes', () => {
  fc.assert(
    fc.property(bytesOfCode, bytesOfCode, (one, other) => {
      expect(encodeCode(one) === encodeCode(other)).toBe(one.join() === other.join());
    }),
  );
});

test.each<[string, (code: string) => string]>([
  ['as it is shown', (code) => code],
  ['in small letters without groups', (code) => code.toLowerCase().replace(/-/g, '')],
  ['with O for 0', (code) => code.replace(/0/g, 'O')],
  ['with l and I for 1', (code) => code.replace('1', 'l').replace(/1/g, 'I')],
  ['with the dashes of a word processor and a break between', (code) => ` ${code.replace(/-/g, ' – \n\u00a0')}. `],
])('a code is read %s', (_, typed) => {
  fc.assert(fc.property(codes, (code) => expect(readCode(typed(code))).toBe(code)));
});

test('one or two wrong symbols, and two that changed their places, are always noticed', () => {
  const place = fc.nat({ max: 27 });
  const symbol = fc.constantFrom(...symbols);
  fc.assert(
    fc.property(codes, place, symbol, place, symbol, (code, first, one, second, other) => {
      const whole = code.replace(/-/g, '');
      const wrong = [...whole];
      wrong[first] = one;
      wrong[second] = other;
      const swapped = [...whole];
      [swapped[first], swapped[second]] = [swapped[second]!, swapped[first]!];
      for (const text of [wrong.join(''), swapped.join('')]) expect(isRefused(text)).toBe(text !== whole);
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['nothing', ''],
  ['a row of zeros', '0000-0000-0000-0000-0000-0000-0000'],
  ['a row of the same', 'AAAA-AAAA-AAAA-AAAA-AAAA-AAAA-AAAA'],
  ['a symbol too few', newCode().slice(0, -1)],
  ['a symbol too many', `${newCode()}0`],
  ['a letter that no code has', newCode().replace(/.$/, 'U')],
  ['a letter of another alphabet', newCode().replace(/.$/, 'Я')],
])('%s is no code', (_, text) => {
  expect(isRefused(text)).toBe(true);
});

test('an engine takes it as an identity that nobody can guess', () => {
  fc.assert(
    fc.property(codes, (code) => {
      normaliseIdentity([code]);
      expect(isGuessable([code])).toBe(false);
    }),
  );
});
