import { createHash, createHmac, pbkdf2Sync, randomBytes, randomInt } from 'node:crypto';
import { compile, projectRoot, withFolder } from './compile';

interface Primitives {
  writeByte(index: number, byte: number): void;
  readByte(index: number): number;
  sha256(bytes: number): void;
  hmac(keyBytes: number, messageBytes: number): void;
  pbkdf2(passwordBytes: number, saltBytes: number, iterations: number): void;
  hkdf(infoBytes: number, retry: number): void;
  secretKeyInRange(): number;
}

let primitives: Primitives;

beforeAll(async () => {
  const { bytes, errors } = await withFolder((folder) =>
    compile({ root: projectRoot, entry: '__tests__/assembly/primitives.asm.ts', outFile: `${folder}/primitives.wasm` }),
  );
  expect(errors).toEqual([]);
  const { instance } = await WebAssembly.instantiate(bytes as BufferSource, {});
  primitives = instance.exports as unknown as Primitives;
}, 120_000);

const give = (...parts: readonly Uint8Array[]): void =>
  Buffer.concat(parts).forEach((byte, index) => primitives.writeByte(index, byte));
const result = (): string => Buffer.from(Array.from({ length: 32 }, (_, i) => primitives.readByte(i))).toString('hex');

function hmac(key: Uint8Array, message: Uint8Array): string {
  give(key, message);
  primitives.hmac(key.length, message.length);
  return result();
}

function pbkdf2(password: Uint8Array, salt: Uint8Array, iterations: number): string {
  give(password, salt);
  primitives.pbkdf2(password.length, salt.length, iterations);
  return result();
}

function hkdf(key: Uint8Array, info: Uint8Array, retry = 0): string {
  give(key, info);
  primitives.hkdf(info.length, retry);
  return result();
}

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');
const text = (value: string): Buffer => Buffer.from(value);
const count = (from: number, to: number): Buffer => Buffer.from(Array.from({ length: to - from + 1 }, (_, i) => from + i));

describe('HMAC-SHA256 answers the vectors of RFC 4231', () => {
  const largeKey = text('Test Using Larger Than Block-Size Key - Hash Key First');
  const largeData = text(
    'This is a test using a larger than block-size key and a larger than block-size data. ' +
      'The key needs to be hashed before being used by the HMAC algorithm.',
  );
  test.each([
    ['4.2', Buffer.alloc(20, 0x0b), text('Hi There'), 'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7'],
    ['4.3', text('Jefe'), text('what do ya want for nothing?'), '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'],
    ['4.4', Buffer.alloc(20, 0xaa), Buffer.alloc(50, 0xdd), '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe'],
    ['4.5', count(1, 25), Buffer.alloc(50, 0xcd), '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b'],
    ['4.6 (truncated)', Buffer.alloc(20, 0x0c), text('Test With Truncation'), 'a3b6167473100ee06e0c796c2955552b'],
    ['4.7', Buffer.alloc(131, 0xaa), largeKey, '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54'],
    ['4.8', Buffer.alloc(131, 0xaa), largeData, '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2'],
  ])('section %s', (_section, key, message, expected) => {
    expect(hmac(key, message).slice(0, expected.length)).toBe(expected);
  });
});

describe('HKDF-SHA256 answers the vectors of RFC 5869 with the first block of their output', () => {
  test.each([
    [
      'A.1',
      count(0, 12),
      Buffer.alloc(22, 0x0b),
      count(0xf0, 0xf9),
      '077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5',
      '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf',
    ],
    [
      'A.2',
      count(0x60, 0xaf),
      count(0x00, 0x4f),
      count(0xb0, 0xff),
      '06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244',
      'b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c',
    ],
    [
      'A.3',
      Buffer.alloc(0),
      Buffer.alloc(22, 0x0b),
      Buffer.alloc(0),
      '19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04',
      '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d',
    ],
  ])('section %s', (_section, salt, keyMaterial, info, pseudorandomKey, output) => {
    expect(hmac(salt, keyMaterial)).toBe(pseudorandomKey);
    expect(hkdf(hex(pseudorandomKey), info)).toBe(output);
  });
});

describe('PBKDF2-HMAC-SHA256 answers the vectors of RFC 7914, section 11, with the first block of their output', () => {
  test.each([
    ['passwd', 'salt', 1, '55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc'],
    ['Password', 'NaCl', 80_000, '4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56'],
  ])('%s, %s, %i iterations', (password, salt, iterations, expected) => {
    expect(pbkdf2(text(password), text(salt), iterations)).toBe(expected);
  });
});

describe("500 random inputs give what Node's crypto gives", () => {
  const times500 = (check: () => void): void => Array.from({ length: 500 }).forEach(check);
  // Lengths around the block size are where padding goes wrong, so half of them are drawn from there.
  const someBytes = (): Buffer => randomBytes(randomInt(2) ? randomInt(0, 1000) : randomInt(50, 135));

  test('SHA-256', () => {
    times500(() => {
      const message = someBytes();
      give(message);
      primitives.sha256(message.length);
      expect(result()).toBe(createHash('sha256').update(message).digest('hex'));
    });
  });

  test('HMAC', () => {
    times500(() => {
      const [key, message] = [someBytes(), someBytes()];
      expect(hmac(key, message)).toBe(createHmac('sha256', key).update(message).digest('hex'));
    });
  });

  test('PBKDF2', () => {
    times500(() => {
      const [password, salt, iterations] = [someBytes(), someBytes(), randomInt(1, 40)];
      expect(pbkdf2(password, salt, iterations)).toBe(pbkdf2Sync(password, salt, iterations, 32, 'sha256').toString('hex'));
    });
  });

  test('HKDF-Expand, with and without a retry', () => {
    times500(() => {
      const [key, info, retry] = [randomBytes(32), someBytes(), randomInt(0, 256)];
      const message = Buffer.concat([info, Buffer.from(retry > 0 ? [retry, 1] : [1])]);
      expect(hkdf(key, info, retry)).toBe(createHmac('sha256', key).update(message).digest('hex'));
    });
  });
});

test('more iterations than one step makes give the same as in one go', () => {
  expect(pbkdf2(text('p'), text('s'), 4_097)).toBe(pbkdf2Sync('p', 's', 4_097, 32, 'sha256').toString('hex'));
});

describe('a secret key of secp256k1 lies between 1 and the order less 1', () => {
  const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
  test.each([
    ['0', 0n, false],
    ['1', 1n, true],
    ['2^32', 2n ** 32n, true],
    ['the order less 1', order - 1n, true],
    ['the order', order, false],
    ['the order plus 1', order + 1n, false],
    ['a lower high word with all others higher', 2n ** 160n - 1n, true],
    ['equal high words and a lower word 4 with a higher word 5', order - 2n ** 96n + 2n ** 90n, true],
    ['equal high words and a higher word 4 with a lower word 5', order + 2n ** 96n - 2n ** 90n, false],
    ['2^256 - 1', 2n ** 256n - 1n, false],
  ])('%s', (_name, key, isInRange) => {
    give(hex(key.toString(16).padStart(64, '0')));
    expect(primitives.secretKeyInRange() === 1).toBe(isInRange);
  });
});
