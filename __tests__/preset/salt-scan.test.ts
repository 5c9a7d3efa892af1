import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { saltSource } from '../../src/preset/salt';
import { inlinedModules, scanForSalt } from '../../src/preset/salt-scan';
import { compileBlackBoxes, projectRoot, withFolder } from '../assembly/compile';

const salt = createHash('sha256').update('a salt for the scanner').digest();
const bytes = [...salt].join(', ');
const words = Array.from({ length: 8 }, (_, i) => salt.readUInt32LE(4 * i));
const mask = 0x5bd1e995;

const unmaskSalt = (body: string): string => `export function unmaskSalt(target: usize): void {\n${body}\n}\n`;
const storeWords = (expressionOf: (word: number) => string): string =>
  unmaskSalt(words.map((word, i) => `  store<u32>(target, ${expressionOf(word)}, ${4 * i});`).join('\n'));

/** Ways to put a salt into a module that do not hide it. */
const controls = {
  'the salt in a data segment': `const SALT: usize = memory.data<u8>([${bytes}]);\n${unmaskSalt('  memory.copy(target, SALT, 32);')}`,
  'the salt as a text': `const SALT = '${salt.toString('base64')}';\n${unmaskSalt('  for (let i = 0; i < 32; i++) store<u8>(target + i, SALT.charCodeAt(i));')}`,
  'the salt masked by a constant in the source': storeWords((word) => `${(word ^ mask) >>> 0} ^ ${mask}`),
  'the salt as operands': storeWords(String),
};

const wasmLoader = (module: Uint8Array): string =>
  `var buffer = new ArrayBuffer(${module.length});var uint8 = new Uint8Array(buffer);uint8.set([${[...module].map((byte) => `${byte},`).join('')}]);`;

let blackBox: Uint8Array;
let leaking: readonly Uint8Array[];
beforeAll(async () => {
  const [first, ...others] = await compileBlackBoxes([saltSource(salt), ...Object.values(controls)]);
  blackBox = first!;
  leaking = others;
}, 120_000);

describe('0 hits', () => {
  test('in the black box, bare and as bundles carry it', () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'crypto.wasm'), blackBox);
      writeFileSync(join(folder, 'main.js'), wasmLoader(blackBox));
      mkdirSync(join(folder, 'static'));
      writeFileSync(join(folder, 'static/main.js.map'), JSON.stringify({ sourcesContent: [wasmLoader(blackBox)] }));
      writeFileSync(join(folder, 'static/worker.js'), `const wasm = "${Buffer.from(blackBox).toString('base64')}"`);
      expect(scanForSalt(salt, [folder])).toEqual([]);
    }));

  test('in the module of this repository, for its published salt', () => {
    const { SYNC_SALT } = parseEnv(readFileSync(join(projectRoot, '.env'), 'utf8'));
    const published = Buffer.from(SYNC_SALT!, 'base64');
    expect(published.length).toBe(32);
    expect(scanForSalt(published, [join(projectRoot, 'src/lib/worker/crypto.wasm')])).toEqual([]);
  });
});

describe('the controls are caught, bare and in a bundle: a black box with', () => {
  test.each(Object.keys(controls).map((name, i) => [name, i] as const))('%s', (_name, i) =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'crypto.wasm'), leaking[i]!);
      expect(scanForSalt(salt, [folder]).length).toBeGreaterThan(0);

      writeFileSync(join(folder, 'wasm-loader.js'), wasmLoader(leaking[i]!));
      writeFileSync(join(folder, 'base64.js'), `"${Buffer.from(leaking[i]!).toString('base64')}"`);
      for (const name of ['wasm-loader.js', 'base64.js']) {
        const hits = scanForSalt(salt, [join(folder, name)]);
        expect(hits.some(({ isInlined }) => isInlined)).toBe(true);
      }
    }),
  );
});

describe('every form in which a bundle may carry the salt is caught:', () => {
  const reversed = Buffer.from(salt).reverse();
  const swapped = Buffer.from(salt).swap32();
  const shifted = Buffer.concat([Buffer.from([1]), salt, Buffer.from([2])]);
  test.each([
    ['raw', salt],
    ['reversed', reversed],
    ['word-swapped', swapped],
    ['hex', salt.toString('hex')],
    ['capital hex', salt.toString('hex').toUpperCase()],
    ['base64', salt.toString('base64')],
    ['base64 without padding', salt.toString('base64').replace('=', '')],
    ['base64 within longer base64', shifted.toString('base64')],
    ['base64url', salt.toString('base64url')],
    ['base64 of the reversed salt', reversed.toString('base64')],
    ['UTF-16', Buffer.from(salt.toString('base64'), 'utf16le')],
    ['a list of numbers', `[${[...salt].join(', ')}]`],
    ['a minified list of numbers', `[${[...salt].join(',')}]`],
    ['decimal words', Array.from({ length: 8 }, (_, i) => salt.readUInt32BE(4 * i)).join()],
    ['signed decimal words', Array.from({ length: 8 }, (_, i) => salt.readInt32LE(4 * i)).join()],
    ['half of it', salt.toString('hex', 16)],
    [
      'the generated source without its mask',
      saltSource(salt).replace(/MASKED: usize = .*/, `MASKED = [${[...salt].join(', ')}]`),
    ],
  ])('%s', (_name, content) =>
    withFolder(async (folder) => {
      const file = join(folder, 'main.js');
      writeFileSync(
        file,
        Buffer.concat([Buffer.from('before '), Buffer.from(content as string), Buffer.from(' after')]),
      );
      expect(scanForSalt(salt, [folder])).toContainEqual(expect.objectContaining({ file, isInlined: false }));
      expect(scanForSalt(createHash('sha256').update('another').digest(), [folder])).toEqual([]);
    }),
  );
});

test('modules are found however they are written', () => {
  const written = Buffer.from(blackBox);
  for (const text of [
    wasmLoader(blackBox),
    `[${[...blackBox].join(', ')}]`,
    written.toString('base64'),
    written.toString('hex'),
  ]) {
    expect(inlinedModules(Buffer.from(`x = ${text};`)).map((found) => found.equals(written))).toEqual([true]);
  }
});
