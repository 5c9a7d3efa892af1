import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { assemblyFolder, fingerprintOf, saltSource, TEST_SALT } from '../../src/preset/salt';
import { compile, compileAll, compileBlackBoxes, projectRoot, withFolder } from '../assembly/compile';
import { Section, sectionsOf } from '../assembly/wasm-binary';

const write = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};
const entry = 'src/math.asm.ts';
const outFile = 'src/math.wasm';

test(
  'an entry of an app becomes a module beside it, written only when it changes',
  () =>
    withFolder(async (root) => {
      write(join(root, entry), "import { twice } from './twice';\nexport function four(): i32 { return twice(2); }\n");
      write(join(root, 'src/twice.ts'), 'export function twice(x: i32): i32 { return x + x; }\n');
      const [first, second] = await compileAll([
        { root, entry, outFile },
        { root, entry, outFile },
      ]);
      expect([first!.changed, second!.changed]).toEqual([true, false]);
      const settings = join(projectRoot, 'asconfig.json');
      expect(first!.dependencies).toEqual([settings, join(root, entry), join(root, 'src/twice.ts')]);

      const { instance } = await WebAssembly.instantiate(readFileSync(join(root, outFile)), {});
      expect((instance.exports.four as () => number)()).toBe(4);
    }),
  120_000,
);

test(
  'errors name their place, and leave the last module as it was',
  () =>
    withFolder(async (root) => {
      write(join(root, entry), 'export function f(): i32 {\n  return nothing;\n}\n');
      write(join(root, outFile), 'the last one');
      const { errors, changed, bytes } = await compile({ root, entry, outFile });
      expect(errors).toEqual([{ file: entry, line: 2, column: 10, message: expect.stringContaining('nothing') }]);
      expect({ changed, bytes: bytes.length }).toEqual({ changed: false, bytes: 0 });
      expect(readFileSync(join(root, outFile), 'utf8')).toBe('the last one');
    }),
  120_000,
);

test(
  'an entry that is missing is an error, too',
  () =>
    withFolder(async (root) => {
      const { errors } = await compile({ root, entry, outFile });
      expect(errors).toEqual([expect.objectContaining({ message: expect.stringContaining(entry) })]);
    }),
  120_000,
);

test(
  "the app's asconfig.json is respected, and what it does not say is as this package has it",
  () =>
    withFolder(async (root) => {
      write(join(root, entry), 'export function answer(): i32 { return ANSWER; }\n');
      write(
        join(root, 'asconfig.json'),
        JSON.stringify({
          entries: ['assembly/none.ts'],
          options: { use: ['ANSWER=ASC_OPTIMIZE_LEVEL'] },
          targets: { debug: { optimizeLevel: 1 }, release: {} },
        }),
      );
      const [release, debug] = await compileAll([
        { root, entry, outFile },
        { root, entry, outFile, target: 'debug' },
      ]);
      expect([release!.errors, debug!.errors]).toEqual([[], []]);
      expect(debug!.bytes).not.toEqual(release!.bytes);
      const { bytes, dependencies } = release!;
      expect(dependencies).toContain(join(root, 'asconfig.json'));
      const { instance } = await WebAssembly.instantiate(bytes as BufferSource, {});
      expect((instance.exports.answer as () => number)()).toBe(3);
      expect(Object.keys(instance.exports)).toEqual(['answer']);
    }),
  120_000,
);

describe('a black box under settings that are made for other modules', () => {
  const blackBox = 'src/lib/worker/crypto.asm.ts';
  const request = { entry: blackBox, outFile: 'src/lib/worker/crypto.wasm', isBlackBox: true };
  /** Compiles the black box of this repository in an app with other settings. */
  const compileWith = (options: object, target: object = {}) =>
    withFolder(async (root) => {
      write(join(root, blackBox), readFileSync(join(projectRoot, blackBox), 'utf8'));
      write(join(root, 'salt.ts'), saltSource(TEST_SALT));
      write(join(root, 'asconfig.json'), JSON.stringify({ options, targets: { debug: target, release: target } }));
      return compile({ root, ...request, saltSource: 'salt.ts' });
    });

  test('is the same: closed, of one page and optimised', async () => {
    const [usual] = await compileBlackBoxes([saltSource(TEST_SALT)]);
    const options = { noExportMemory: false, initialMemory: 16, maximumMemory: 64, runtime: 'incremental' };
    const { bytes } = await compileWith(options, { optimizeLevel: 0, shrinkLevel: 2, noAssert: false });
    expect(Buffer.from(bytes).equals(usual!)).toBe(true);
  }, 120_000);

  test.each([
    ['importMemory', { importMemory: true }, /imports the memory env\.memory/],
    ['exportTable', { exportTable: true }, /exports the table table/],
  ])(
    'is refused where %s opens it',
    async (_name, options, opening) => {
      await expect(compileWith(options)).rejects.toMatchObject({
        code: 'BLACK_BOX_UNSAFE',
        message: expect.stringMatching(opening),
      });
    },
    120_000,
  );
});

describe('on the command line of this repository', () => {
  const asc = (target: string) =>
    withFolder(async (folder) => {
      const outFile = join(folder, 'crypto.wasm');
      const args = [
        'node_modules/assemblyscript/bin/asc.js',
        '--config',
        'asconfig.json',
        '--target',
        target,
        '--outFile',
        outFile,
      ];
      await promisify(execFile)(process.execPath, args, { cwd: projectRoot });
      return readFileSync(outFile);
    });

  test('the compiler makes what the build makes, and for development the same with names', async () => {
    const [release, debug] = [await asc('release'), await asc('debug')];
    expect(release.equals(readFileSync(join(projectRoot, 'src/lib/worker/crypto.wasm')))).toBe(true);
    const sections = (module: Uint8Array) => sectionsOf(module).filter(({ id }) => id !== Section.Custom);
    expect(sections(debug)).toEqual(sections(release));
    expect(sectionsOf(debug).length).toBe(sectionsOf(release).length + 1);
  }, 120_000);
});

test(
  'an entry that wants the salt gets it from the app, or fails with the reason',
  () =>
    withFolder(async (root) => {
      const blackBox = 'src/lib/worker/crypto.asm.ts';
      const out = 'src/lib/worker/crypto.wasm';
      write(join(root, blackBox), readFileSync(join(__dirname, '../..', blackBox), 'utf8'));
      write(
        join(root, 'src/lib/config.json'),
        JSON.stringify({ salts: [{ id: '1', env: 'SYNC_SALT', fingerprint: fingerprintOf(TEST_SALT) }] }),
      );
      await expect(compile({ root, entry: blackBox, outFile: out })).rejects.toMatchObject({ code: 'SALT_MISSING' });

      write(join(root, '.env'), `SYNC_SALT=${TEST_SALT.toString('base64')}\n`);
      const { errors, dependencies } = await compile({ root, entry: blackBox, outFile: out });
      expect(errors).toEqual([]);
      expect(statSync(join(root, out)).size).toBeGreaterThan(5_000);
      for (const file of ['.env', 'src/lib/config.json', blackBox]) expect(dependencies).toContain(join(root, file));
      // Where the compiler finds it on the command line, too.
      expect(readFileSync(join(root, assemblyFolder, 'salt.generated.ts'), 'utf8')).toBe(saltSource(TEST_SALT));
    }),
  120_000,
);
