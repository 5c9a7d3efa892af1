import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { webpack } from 'webpack';
import type { Compiler, Stats, Watching } from 'webpack';
import { compileEntries, filesToWatch } from '../../src/preset/assembly-entries';
import { KitError } from '../../src/preset/kit-error';
import { readOptions } from '../../src/preset/options';
import { AssemblyScriptPlugin } from '../../src/preset/webpack/assembly-script-plugin';

// The compiler is ESM, which Jest cannot import; what is tested here is what webpack makes of its answers.
jest.mock('../../src/preset/assembly-entries', () => ({ compileEntries: jest.fn(), filesToWatch: jest.fn() }));
const compile = jest.mocked(compileEntries);
jest.setTimeout(120_000);

describe('AssemblyScript in a compilation', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'zbs-plugin-'));
    writeFileSync(path.join(folder, 'index.js'), '');
    compile.mockReset().mockResolvedValue({ errors: [], dependencies: [], written: [], unsalted: [] });
    jest.mocked(filesToWatch).mockReturnValue([path.join(folder, 'asconfig.json')]);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const compilerOf = (mode: 'production' | 'development'): Compiler =>
    webpack({
      mode,
      context: folder,
      entry: './index.js',
      output: { path: path.join(folder, 'build') },
      plugins: [new AssemblyScriptPlugin({ appPath: folder, options: readOptions() })],
    });
  const build = (mode: 'production' | 'development'): Promise<Stats | undefined> =>
    new Promise((done, fail) => {
      const compiler = compilerOf(mode);
      compiler.run((error, stats) => compiler.close(() => (error ? fail(error) : done(stats))));
    });
  const watchOnce = (): Promise<Stats> =>
    new Promise((done, fail) => {
      const watching = compilerOf('development').watch({}, (error, stats) =>
        watching?.close(() => (error || !stats ? fail(error) : done(stats))),
      );
    });

  test.each([
    ['production', 'release'],
    ['development', 'debug'],
  ] as const)('has for %s the target %s of asconfig.json', async (mode, target) => {
    await build(mode);
    expect(compile.mock.calls.map(([, given]) => given)).toEqual([target]);
  });

  test('ends a build with the error of a black box that does not fit', async () => {
    compile.mockRejectedValue(new KitError('BLACK_BOX_ABI', 'It does not fit.'));
    await expect(build('production')).rejects.toMatchObject({ code: 'BLACK_BOX_ABI' });
  });

  test('shows it in development with its code, and watches the files that may be the cause', async () => {
    compile.mockRejectedValue(new KitError('BLACK_BOX_ABI', 'It does not fit.'));
    const { compilation } = await watchOnce();
    expect(compilation.errors.map(({ message }) => message)).toEqual(['It does not fit. (BLACK_BOX_ABI)']);
    expect([...compilation.missingDependencies]).toContain(path.join(folder, 'asconfig.json'));
  });

  describe('while a development server watches', () => {
    const files = { there: 'settings.json', absent: 'asconfig.json', written: 'box.wasm' };
    const at = (file: keyof typeof files) => path.join(folder, files[file]);
    let builds: number;
    let watching: Watching;
    beforeEach(async () => {
      builds = 0;
      writeFileSync(at('there'), '');
      writeFileSync(path.join(folder, 'index.js'), `new URL('./box.wasm', import.meta.url);`);
      // As the compiler does it: into the sources, each time that it has something to compile.
      let wanted = '';
      compile.mockImplementation(() => {
        const text = [at('there'), at('absent')]
          .map((file) => (existsSync(file) ? readFileSync(file, 'utf8') : '-'))
          .join();
        const isNew = text !== wanted;
        if (isNew) writeFileSync(at('written'), (wanted = text));
        const dependencies = [at('there'), at('absent')];
        return Promise.resolve({ errors: [], dependencies, written: isNew ? [at('written')] : [], unsalted: [] });
      });
      // As the files of an app are at a start: of before.
      await settled();
      const compiler = compilerOf('development');
      watching = compiler.watch({ aggregateTimeout: 20 }, () => (builds += 1))!;
      await settled();
    });
    afterEach(() => new Promise<void>((done) => watching.close(() => done())));
    /** Watchers take a second to be sure of a file's time. */
    const settled = () => new Promise((done) => setTimeout(done, 2_500));

    test('it builds once at its start, though it has written the black box and a file is not there', () => {
      expect(builds).toBe(1);
    });

    test('it builds again after an edit, and when the file comes', async () => {
      writeFileSync(at('there'), 'changed');
      await settled();
      expect(readFileSync(at('written'), 'utf8')).toBe('changed,-');
      writeFileSync(at('absent'), '{}');
      await settled();
      expect(readFileSync(at('written'), 'utf8')).toBe('changed,{}');
    });
  });

  test('shows an error of the source with its place', async () => {
    compile.mockResolvedValue({
      errors: [{ file: 'src/a.asm.ts', line: 2, column: 3, message: 'mistake' }],
      dependencies: [],
      written: [],
      unsalted: [],
    });
    const { compilation } = await watchOnce();
    expect(compilation.errors.map(({ message }) => message)).toEqual(['src/a.asm.ts:2:3\nAssemblyScript: mistake']);
    await expect(build('production')).rejects.toThrow('src/a.asm.ts:2:3');
  });

  describe('where the salt is missing', () => {
    const error = new KitError('SALT_MISSING', 'The build needs the salt.');
    const messages = ({ compilation }: Stats) => compilation.errors.map(({ message }) => message);
    const write = (file: string, text: string) => writeFileSync(path.join(folder, file), text);
    beforeEach(() => {
      compile.mockResolvedValue({
        errors: [],
        dependencies: [],
        written: [],
        unsalted: [{ file: path.join(folder, 'box.wasm'), error }],
      });
    });

    test('a bundle without the black box is built', async () => {
      write('other.wasm.js', '');
      write('index.js', `import './other.wasm.js';`);
      expect(messages((await build('production'))!)).toEqual([]);
      expect(messages(await watchOnce())).toEqual([]);
    });

    test.each([
      ['not there', `import './box.wasm';`],
      ['not there, and asked for with a loader', `import '!!some-loader!./box.wasm?x';`],
      ['not there, and loaded later', `import('./box.wasm');`],
      ['of an earlier salt', `import './box.wasm';`],
    ])('a bundle with it fails once and says why: it is %s', async (where, source) => {
      if (where === 'of an earlier salt') write('box.wasm', '');
      write('second.js', `import './box.wasm';`);
      write('index.js', `${source}\nimport './second.js';`);
      expect(messages((await build('production'))!)).toEqual(['The build needs the salt. (SALT_MISSING)']);
      expect(messages(await watchOnce())).toEqual(['The build needs the salt. (SALT_MISSING)']);
    });

    test('a bundle whose worker has it fails too', async () => {
      write('worker.js', `import './box.wasm';`);
      write('index.js', `new Worker(new URL('./worker.js', import.meta.url));`);
      expect(messages((await build('production'))!)).toEqual(['The build needs the salt. (SALT_MISSING)']);
    });
  });
});
