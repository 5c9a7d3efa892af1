import { readFileSync } from 'node:fs';
import path from 'node:path';
import assemblyScriptImportLoader from '../../src/preset/loaders/assembly-script-import-loader';
import configLoader from '../../src/preset/loaders/config-loader';
import uncachedLoader from '../../src/preset/loaders/uncached-loader';
import wasmAssetLoader from '../../src/preset/loaders/wasm-asset-loader';
import workerExpressionLoader from '../../src/preset/loaders/worker-expression-loader';

const repository = path.resolve(__dirname, '../..');

describe('the engine’s worker for workerize-loader', () => {
  const rewrite = (source: string) => workerExpressionLoader.call({} as never, source);

  test.each([
    [`const w = new Worker(new URL('./worker/index.ts', import.meta.url));`, './worker/index.ts'],
    [`const w = new Worker(new URL('./worker/index.js', import.meta.url));`, './worker/index.js'],
    [`const w = new Worker(new URL('./worker/index', import.meta.url));`, './worker/index'],
    [`const w = new Worker(new URL("./worker/index.tsx", import.meta.url), { name: 'any' });`, './worker/index.tsx'],
    [
      `const w = new Worker(\n  new URL('./worker/index.ts', import.meta.url),\n  { name: 'any' },\n);`,
      './worker/index.ts',
    ],
  ])('is made from %j', (source, worker) => {
    expect(rewrite(source)).toBe(
      `import createWorkerizedWorker from '${worker}?workerize'; const w = createWorkerizedWorker();`,
    );
  });

  test('is made from the template’s own engine, whose other lines stay where they are', () => {
    const source = readFileSync(path.join(repository, 'src/lib/engine.ts'), 'utf8');
    const lines = rewrite(source).split('\n');
    expect(lines.filter((line) => line.includes('createWorkerizedWorker()'))).toHaveLength(1);
    expect(lines.at(-2)).toBe(source.split('\n').at(-2));
  });

  test.each([
    ['no such expression', 'new Worker(url)', 0],
    ['two of them', `${`new Worker(new URL('./worker/index.ts', import.meta.url));`.repeat(2)}`, 2],
  ])('is refused for %s', (_what, source, count) => {
    expect(() => rewrite(source)).toThrow(`it holds it ${count} times`);
  });
});

describe('a worker’s entry that is compiled anew each time', () => {
  const load = (map: object | string | undefined) =>
    new Promise<{ readonly isCacheable: boolean; readonly source: string; readonly map: unknown }>((resolve) => {
      let isCacheable = true;
      const context = {
        cacheable: (flag: boolean) => (isCacheable = flag),
        callback: (_error: null, source: string, passed: unknown) => resolve({ isCacheable, source, map: passed }),
      };
      uncachedLoader.call(context as never, 'the source', map as never);
    });

  test('has the same source map when Babel made it and when babel-loader has it from its cache', async () => {
    const made = { version: 3, file: undefined, names: ['a'], sourceRoot: undefined, mappings: 'AAAA' };
    const passed = await load(made);
    expect(passed).toEqual({ isCacheable: false, source: 'the source', map: expect.anything() });
    expect(Object.keys(passed.map as object)).toEqual(['version', 'names', 'mappings']);
    expect(await load(JSON.parse(JSON.stringify(made)) as object)).toStrictEqual(passed);
  });

  test.each([[undefined], ['{"version":3}']])('may have none, or one as text: %j', async (map) => {
    expect((await load(map)).map).toBe(map);
  });
});

describe('config.json in a bundle', () => {
  const config = readFileSync(path.join(repository, 'src/lib/config.json'), 'utf8');
  const relays = { start: async () => ['ws://127.0.0.1:1', 'ws://127.0.0.1:2', 'ws://127.0.0.1:3'] };

  function load(source: string, options: object): Promise<{ content: string; isCacheable: boolean }> {
    return new Promise((resolve, reject) => {
      let isCacheable = true;
      configLoader.call(
        {
          async: () => (error: Error | null, content: string) =>
            error ? reject(error) : resolve({ content, isCacheable }),
          getOptions: () => options,
          cacheable: (flag: boolean) => (isCacheable = flag),
        } as never,
        source,
      );
    });
  }

  test('is the file, in a build', async () => {
    const { content, isCacheable } = await load(config, {});
    expect(JSON.parse(content)).toEqual(JSON.parse(config));
    expect(isCacheable).toBe(true);
  });

  test('names the development relays in development, and is not kept for the next start', async () => {
    const { content, isCacheable } = await load(config, { relays: () => relays });
    expect(JSON.parse(content)).toEqual({ ...JSON.parse(config), relays: await relays.start() });
    expect(isCacheable).toBe(false);
  });

  test.each([
    ['a syntax error', config.replace(',', ',,'), /config\.json is not valid JSON in line 2, column \d+: /],
    ['a bad value', config.replace(/"iterations": \d+/, '"iterations": 1000'), /"iterations" of config\.json is 1000/],
    ['an unknown key', config.replace('"iterations"', '"iteration"'), /unknown key "iteration"/],
    ['fewer than three relays', JSON.stringify({ ...JSON.parse(config), relays: [] }), /at least 3/],
  ])('is refused for %s, in development too', async (_what, source, message) => {
    await expect(load(source, {})).rejects.toThrow(message);
    await expect(load(source, { relays: () => relays })).rejects.toThrow(message);
  });

  test('is refused when the relays do not start', async () => {
    const broken = { start: () => Promise.reject(new Error('no port')) };
    await expect(load(config, { relays: () => broken })).rejects.toThrow('no port');
  });
});

test('AssemblyScript that is imported names the module to import', () => {
  const context = { resourcePath: '/app/src/lib/worker/crypto.asm.ts' };
  expect(() => assemblyScriptImportLoader.call(context as never)).toThrow("'./crypto.wasm'");
});

describe('a module that is a file', () => {
  const bytes = readFileSync(path.join(repository, 'node_modules/wasm-loader/factorial.wasm'));
  const code = wasmAssetLoader.call({ resourcePath: '/app/src/factorial.wasm' } as never);
  const instantiateOver = (
    response: Response,
  ): ((imports?: object) => Promise<WebAssembly.WebAssemblyInstantiatedSource>) => {
    const body = code
      .replace('import.meta.url', "'https://app.example/static/js/main.js'")
      .replace('export default', 'return');
    return new Function('fetch', body)(async (url: URL) => {
      expect(url.href).toBe('https://app.example/static/js/factorial.wasm');
      return response;
    });
  };

  test.each(['application/wasm', 'application/octet-stream', undefined])(
    'is instantiated when served as %s',
    async (type) => {
      const response = new Response(bytes, type === undefined ? {} : { headers: { 'Content-Type': type } });
      const { module, instance } = await instantiateOver(response)();
      expect(module).toBeInstanceOf(WebAssembly.Module);
      expect(Object.keys(instance.exports)).not.toEqual([]);
    },
  );

  test('that is missing says which, and what the host answered', async () => {
    const instantiate = instantiateOver(new Response('', { status: 404 }));
    await expect(instantiate()).rejects.toThrow(
      'https://app.example/static/js/factorial.wasm cannot be loaded: HTTP 404',
    );
  });
});
