import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { saltSource } from '../../src/preset/salt';
import { inlinedModules, scanForSalt } from '../../src/preset/salt-scan';
import { compile, compileBlackBox, projectRoot, withFolder } from '../assembly/compile';

const salt = createHash('sha256').update('a salt for the scanner').digest();
const entry = 'src/lib/worker/crypto.asm.ts';
const wasmLoader = (module: Uint8Array): string =>
  `var buffer = new ArrayBuffer(${module.length});var uint8 = new Uint8Array(buffer);uint8.set([${[...module].map((byte) => `${byte},`).join('')}]);`;

let blackBox: Uint8Array;
beforeAll(async () => {
  blackBox = await compileBlackBox(salt);
}, 60_000);

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

  test('in the modules of this repository, for its published salt', () => {
    const published = Buffer.from('hX5rn/t32/ASulegOazyaVQri+abUMbfKhNQs3QFu8Q=', 'base64');
    expect(scanForSalt(published, [join(projectRoot, 'src/lib/worker/crypto.wasm')])).toEqual([]);
  });
});

describe('the controls are caught: a black box with', () => {
  const bytes = [...salt].join(', ');
  const words = Array.from({ length: 8 }, (_, i) => `0x${salt.readUInt32LE(4 * i).toString(16)}`);
  const source = (body: string): string => `export function unmaskSalt(target: usize): void {\n${body}\n}\n`;
  const mask = 0x5bd1e995;
  const storeXored = words
    .map((word, i) => `  store<u32>(target, ${(Number(word) ^ mask) >>> 0} ^ ${mask}, ${4 * i});`)
    .join('\n');

  test.each([
    [
      'the salt in a data segment',
      `const SALT: usize = memory.data<u8>([${bytes}]);\n${source('  memory.copy(target, SALT, 32);')}`,
    ],
    [
      'the salt as a text',
      `const SALT = '${salt.toString('base64')}';\n${source('  for (let i = 0; i < 32; i++) store<u8>(target + i, SALT.charCodeAt(i));')}`,
    ],
    ['the salt masked by a constant in the source', source(storeXored)],
    ['the salt as operands', source(words.map((word, i) => `  store<u32>(target, ${word}, ${4 * i});`).join('\n'))],
  ])(
    '%s',
    (_name, text) =>
      withFolder(async (folder) => {
        writeFileSync(join(folder, 'salt.ts'), text);
        const outFile = join(folder, 'crypto.wasm');
        const { bytes: leaking, errors } = await compile({
          root: projectRoot,
          entry,
          outFile,
          saltSource: join(folder, 'salt.ts'),
        });
        expect(errors).toEqual([]);
        expect(scanForSalt(salt, [outFile]).length).toBeGreaterThan(0);

        writeFileSync(join(folder, 'wasm-loader.js'), wasmLoader(leaking));
        writeFileSync(join(folder, 'base64.js'), `"${Buffer.from(leaking).toString('base64')}"`);
        for (const name of ['wasm-loader.js', 'base64.js']) {
          const hits = scanForSalt(salt, [join(folder, name)]);
          expect(hits.some(({ isInlined }) => isInlined)).toBe(true);
        }
      }),
    60_000,
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
