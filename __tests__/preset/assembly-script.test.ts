import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fingerprintOf, TEST_SALT } from '../../src/preset/salt';
import { compile, compileAll, withFolder } from '../assembly/compile';

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
      expect(first!.dependencies).toEqual([join(root, entry), join(root, 'src/twice.ts')]);

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
  "the app's asconfig.json is respected, but opens no memory",
  () =>
    withFolder(async (root) => {
      write(join(root, entry), 'export function answer(): i32 { return ANSWER; }\n');
      write(
        join(root, 'asconfig.json'),
        JSON.stringify({ options: { use: ['ANSWER=ASC_OPTIMIZE_LEVEL'], exportMemory: true } }),
      );
      const { bytes, errors, dependencies } = await compile({ root, entry, outFile });
      expect(errors).toEqual([]);
      expect(dependencies).toContain(join(root, 'asconfig.json'));
      const { instance } = await WebAssembly.instantiate(bytes as BufferSource, {});
      expect((instance.exports.answer as () => number)()).toBe(3);
      expect(Object.keys(instance.exports)).toEqual(['answer']);
    }),
  120_000,
);

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
    }),
  120_000,
);
