import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { compileEntries, filesToWatch, findEntries } from '../../src/preset/assembly-entries';
import { compileAssemblyScript } from '../../src/preset/assembly-script';
import { readOptions } from '../../src/preset/options';

/** The compiler is ESM, which Jest cannot import; what is tested here is when it is asked, and for what. */
jest.mock('../../src/preset/assembly-script', () => ({ compileAssemblyScript: jest.fn() }));
const compiler = jest.mocked(compileAssemblyScript);

describe('AssemblyScript of an app', () => {
  let appPath: string;
  const optionsOf = (assemblyScript?: object | false) => readOptions({ assemblyScript });
  const app = (assemblyScript?: object | false) => ({ appPath, options: optionsOf(assemblyScript) });
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(path.join(appPath, file)), { recursive: true });
    writeFileSync(path.join(appPath, file), text);
  };

  beforeEach(() => {
    appPath = mkdtempSync(path.join(tmpdir(), 'zbs-entries-'));
    compiler.mockReset();
    compiler.mockImplementation(async ({ root, entry, outFile }) => {
      const source = path.join(root, entry);
      const bytes = Buffer.from(readFileSync(source, 'utf8').toUpperCase());
      const dependencies = [source, path.join(root, 'src/shared.ts')];
      const mistake = bytes.includes('MISTAKE');
      if (mistake)
        return {
          bytes,
          dependencies,
          errors: [{ file: entry, line: 1, column: 2, message: 'mistake' }],
          changed: false,
        };
      mkdirSync(path.dirname(outFile), { recursive: true });
      writeFileSync(outFile, bytes);
      return { bytes, dependencies, errors: [], changed: true };
    });
  });
  afterEach(() => rmSync(appPath, { recursive: true }));

  test('is found wherever it is in src, and nowhere else', () => {
    for (const file of ['src/b.asm.ts', 'src/deep/a.asm.ts', 'src/plain.ts', 'src/node_modules/x.asm.ts', 'x.asm.ts'])
      write(file, '');
    expect(findEntries(app())).toEqual(['src/b.asm.ts', 'src/deep/a.asm.ts']);
    expect(findEntries(app({ entries: ['src/b.asm.ts'] }))).toEqual(['src/b.asm.ts']);
    expect(findEntries(app(false))).toEqual([]);
  });

  test('is compiled beside its source, with the flags of the options', async () => {
    write('src/a.asm.ts', 'a');
    const { written, errors } = await compileEntries(app({ flags: ['--enable', 'simd'] }), 'release');
    expect(errors).toEqual([]);
    expect(written).toEqual([path.join(appPath, 'src/a.wasm')]);
    expect(compiler).toHaveBeenCalledWith(
      expect.objectContaining({ entry: 'src/a.asm.ts', flags: ['--enable', 'simd'] }),
    );
  });

  test('goes elsewhere for tests', async () => {
    write('src/a.asm.ts', 'a');
    const folder = path.join(appPath, 'node_modules/.cache/tests');
    await compileEntries(app(), 'release', folder);
    expect(existsSync(path.join(folder, 'src/a.wasm'))).toBe(true);
    expect(existsSync(path.join(appPath, 'src/a.wasm'))).toBe(false);
  });

  test.each([
    ['nothing changed', () => undefined, 0],
    ['its source changed', () => write('src/a.asm.ts', 'b'), 1],
    ['what it imports appeared', () => write('src/shared.ts', 'new'), 1],
    ['asconfig.json appeared', () => write('asconfig.json', '{}'), 1],
    ['the module is gone', () => rmSync(path.join(appPath, 'src/a.wasm')), 1],
    ['the module is not the one that was written', () => write('src/a.wasm', 'other'), 1],
  ])('is compiled again only if something changed: %s', async (_what, change, times) => {
    write('src/a.asm.ts', 'a');
    const first = await compileEntries(app(), 'release');
    compiler.mockClear();
    change();
    const second = await compileEntries(app(), 'release');
    expect(compiler).toHaveBeenCalledTimes(times);
    expect(second.dependencies).toEqual(first.dependencies);
  });

  test('is compiled again with other flags', async () => {
    write('src/a.asm.ts', 'a');
    await compileEntries(app(), 'release');
    await compileEntries(app({ flags: ['--debug'] }), 'release');
    expect(compiler).toHaveBeenCalledTimes(2);
  });

  test('is compiled again for another target', async () => {
    write('src/a.asm.ts', 'a');
    await compileEntries(app(), 'release');
    await compileEntries(app(), 'debug');
    await compileEntries(app(), 'debug');
    expect(compiler.mock.calls.map(([{ target }]) => target)).toEqual(['release', 'debug']);
  });

  test('is watched with the settings of the compiler while something outside of it is wrong', () => {
    write('src/a.asm.ts', 'a');
    expect(filesToWatch(app())).toEqual(
      ['src/a.asm.ts', 'asconfig.json', 'src/lib/config.json'].map((file) => path.join(appPath, file)),
    );
  });

  test('is the black box only where the template has it', async () => {
    for (const file of ['src/lib/worker/crypto.asm.ts', 'src/worker/crypto.asm.ts']) write(file, 'box');
    const fingerprint = '0123456789abcdef';
    write('src/lib/config.json', JSON.stringify({ salts: [{ id: '1', env: 'NO_SUCH_SALT', fingerprint }] }));
    await compileEntries(app(), 'release');
    expect(compiler.mock.calls.map(([{ entry, isBlackBox }]) => [entry, isBlackBox])).toEqual([
      ['src/lib/worker/crypto.asm.ts', true],
      ['src/worker/crypto.asm.ts', false],
    ]);
  });

  test('with a mistake is compiled until it is gone, and is watched meanwhile', async () => {
    write('src/a.asm.ts', 'mistake');
    for (let round = 0; round < 2; round++) {
      const { errors, dependencies } = await compileEntries(app(), 'release');
      expect(errors).toEqual([{ file: 'src/a.asm.ts', line: 1, column: 2, message: 'mistake' }]);
      expect(dependencies).toContain(path.join(appPath, 'src/a.asm.ts'));
    }
    expect(compiler).toHaveBeenCalledTimes(2);
    write('src/a.asm.ts', 'a');
    await expect(compileEntries(app(), 'release')).resolves.toMatchObject({ errors: [] });
  });

  test.each([
    ['there is none', 'SALT_MISSING', undefined],
    ['it is another one', 'SALT_DIFFERENT', Buffer.alloc(32, 1).toString('base64')],
    ['it is malformed', 'SALT_MALFORMED', 'x'],
  ])('of the template is left out of a build where the salt is wanted and %s', async (_name, code, given) => {
    write('src/lib/worker/crypto.asm.ts', 'box');
    write('src/a.asm.ts', 'a');
    write(
      'src/lib/config.json',
      JSON.stringify({ salts: [{ id: '1', env: 'NO_SUCH_SALT', fingerprint: '0123456789abcdef' }] }),
    );
    const { NODE_ENV: before } = process.env;
    Object.assign(process.env, { NODE_ENV: 'production', ...(given !== undefined && { NO_SUCH_SALT: given }) });
    const built = await compileEntries(app(), 'release');
    Object.assign(process.env, { NODE_ENV: before });
    delete process.env.NO_SUCH_SALT;
    const file = path.join(appPath, 'src/lib/worker/crypto.wasm');
    expect(built).toMatchObject({ errors: [], unsalted: [{ file, error: { code } }] });
    expect(built.dependencies).toContain(path.join(appPath, 'src/lib/config.json'));
    expect(compiler.mock.calls.map(([{ entry }]) => entry)).toEqual(['src/a.asm.ts']);
  });

  test('of the template is compiled for tests without a salt', async () => {
    write('src/lib/worker/crypto.asm.ts', 'box');
    write(
      'src/lib/config.json',
      JSON.stringify({ salts: [{ id: '1', env: 'NO_SUCH_SALT', fingerprint: '0123456789abcdef' }] }),
    );
    await expect(compileEntries(app(), 'release')).resolves.toMatchObject({ errors: [], unsalted: [] });
    expect(compiler).toHaveBeenCalledWith(
      expect.objectContaining({ saltSource: expect.stringContaining('salt.generated.ts') }),
    );
  });
});
