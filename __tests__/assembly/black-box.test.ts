import { pbkdf2Sync, randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { deriveKeys, INPUT_BYTES, type BlackBox } from '../../src/runtime/crypto/derive-keys';
import { fingerprintOf, saltSource } from '../../src/preset/salt';
import { expand } from '../vectors/reference';
import vectors from '../vectors/keys.json';
import { compileBlackBoxes, projectRoot } from './compile';
import { Section, sectionsOf } from './wasm-binary';

const salt = Buffer.from(vectors.keys[0]!.saltBase64, 'base64');
let bytes: Uint8Array;
let again: Uint8Array;
let another: Uint8Array;
let blackBox: WebAssembly.Module;

beforeAll(async () => {
  const sources = [saltSource(salt), saltSource(salt), saltSource(randomBytes(32))];
  [bytes, again, another] = (await compileBlackBoxes(sources)) as [Uint8Array, Uint8Array, Uint8Array];
  blackBox = await WebAssembly.compile(bytes as BufferSource);
}, 120_000);

const newBox = (): BlackBox => new WebAssembly.Instance(blackBox).exports as unknown as BlackBox;
const put = (box: BlackBox, text: string): void =>
  Buffer.from(text).forEach((_, i, all) => i % 4 === 0 && box.put(i / 4, Buffer.concat([all, Buffer.alloc(3)]).readInt32LE(i)));
const takeAll = (box: BlackBox): number[] => Array.from({ length: 8 }, (_, i) => box.take(i));
const nothing = Array.from({ length: 8 }, () => 0);

describe('the keys of the vectors', () => {
  test.each(vectors.keys)('$name', async ({ password, appId, iterations, signKey, sealKey, nameKey, fingerprint }) => {
    const keys = await deriveKeys(newBox(), { password: Buffer.from(password, 'hex'), appId, iterations });
    const asHex = Object.fromEntries(Object.entries(keys).map(([name, key]) => [name, Buffer.from(key).toString('hex')]));
    expect(asHex).toEqual({ signKey, sealKey, nameKey });
    expect(fingerprintOf(salt)).toBe(fingerprint);
  });

  test('random passwords and app ids of any length, in steps of any size', () => {
    for (let round = 0; round < 10; round++) {
      const [password, appId] = [randomBytes(randomInt(1, 300)).toString('hex'), randomBytes(randomInt(0, 100)).toString('hex')];
      const iterations = 100_000 + randomInt(5);
      const box = newBox();
      put(box, password + appId);
      expect(box.begin(password.length, appId.length, iterations)).toBe(1);
      while (box.step(1 + randomInt(5_000)) > 0);
      put(box, 'zbs/1/name');
      box.expand(10, 0);
      const master = pbkdf2Sync(password, Buffer.concat([salt, Buffer.from(appId)]), iterations, 32, 'sha256');
      const expected = expand(master, 'zbs/1/name');
      expect(takeAll(box)).toEqual(Array.from({ length: 8 }, (_, i) => expected.readInt32LE(4 * i)));
    }
  });
});

describe('what the module refuses', () => {
  test.each([
    ['fewer than 100,000 iterations', 4, 4, 99_999],
    ['no iterations', 4, 4, 0],
    ['an empty password', 0, 4, 100_000],
    ['a password beyond its input', INPUT_BYTES + 1, 0, 100_000],
    ['password and salt that exceed its input together', INPUT_BYTES - 1, 2, 100_000],
    ['lengths whose sum overflows', INPUT_BYTES, 0xffff_ffff, 100_000],
  ])('%s', (_name, passwordBytes, saltBytes, iterations) => {
    const box = newBox();
    put(box, 'password');
    expect(box.begin(passwordBytes, saltBytes, iterations)).toBe(0);
    expect(box.step(4_096)).toBe(0);
    expect(box.expand(4, 0)).toBe(0);
    expect(takeAll(box)).toEqual(nothing);
  });

  test('negative iterations count as many: words have no sign', () => {
    expect(newBox().begin(4, 0, -1)).toBe(1);
  });

  test('a second begin while one is under way', () => {
    const box = newBox();
    expect(box.begin(4, 4, 100_000)).toBe(1);
    expect(box.begin(4, 4, 100_000)).toBe(0);
  });

  test('a key before the last step, or after a wipe', () => {
    const box = newBox();
    box.begin(4, 4, 100_000);
    box.step(4_096);
    expect(box.expand(4, 0)).toBe(0);
    while (box.step(4_096) > 0);
    expect(box.expand(4, 0)).toBe(1);
    box.wipe();
    expect(box.expand(4, 0)).toBe(0);
    expect(takeAll(box)).toEqual(nothing);
  });

  test('an info beyond its input', () => {
    const box = newBox();
    box.begin(4, 4, 100_000);
    while (box.step(4_096) > 0);
    expect(box.expand(INPUT_BYTES + 1, 0)).toBe(0);
    expect(takeAll(box)).toEqual(nothing);
  });

  test('words beyond its input and its output', () => {
    const box = newBox();
    box.put(INPUT_BYTES / 4, -1);
    box.put(-1, -1);
    expect(box.take(8)).toBe(0);
    expect(box.take(-1)).toBe(0);
  });
});

test('a step makes at most 4,096 iterations, however many are asked for', () => {
  const box = newBox();
  box.begin(4, 4, 100_000);
  expect(box.step(1_000_000)).toBe(100_000 - 1 - 4_096);
});

test('a result can be read once', () => {
  const box = newBox();
  box.begin(4, 4, 100_000);
  while (box.step(4_096) > 0);
  box.expand(4, 0);
  expect(takeAll(box)).not.toEqual(nothing);
  expect(takeAll(box)).toEqual(nothing);
});

describe('the binary', () => {
  test('asks for nothing and shows nothing but its functions', () => {
    expect(WebAssembly.Module.imports(blackBox)).toEqual([]);
    expect(WebAssembly.Module.exports(blackBox).every(({ kind }) => kind === 'function')).toBe(true);
    expect(sectionsOf(bytes).filter(({ id }) => id === Section.Custom)).toEqual([]);
  });

  test('cannot grow its memory: it has one page', () => {
    const memorySection = 5;
    const memory = sectionsOf(bytes).find(({ id }) => Number(id) === memorySection)!;
    expect([...memory.content]).toEqual([1, 1, 1, 1]);
  });

  test('has at most 12,000 bytes, 5,000 compressed', () => {
    expect(bytes.length).toBeLessThanOrEqual(12_000);
    expect(gzipSync(bytes, { level: 9 }).length).toBeLessThanOrEqual(5_000);
  });

  test('is the same for the same salt, and another for another', () => {
    expect(Buffer.from(again).equals(bytes)).toBe(true);
    expect(Buffer.from(another).equals(bytes)).toBe(false);
  });

  test('of this repository has the same code as this one, and other data', () => {
    const shipped = readFileSync(join(projectRoot, 'src/lib/worker/crypto.wasm'));
    const code = (of: Uint8Array) => sectionsOf(of).find(({ id }) => id === Section.Code)!.content;
    expect(code(shipped).equals(code(bytes))).toBe(true);
    expect(shipped.equals(bytes)).toBe(false);
  });
});
