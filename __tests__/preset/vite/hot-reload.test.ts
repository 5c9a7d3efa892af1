/** Which edits reload the page: of the template, whichever of its files, and of AssemblyScript. */
import { zeroBackendSync } from '../../../src/preset/vite';
import { makeApp, pluginOf } from './support';
import type { SmallApp } from './support';

let app: SmallApp;
beforeAll(() => (app = makeApp({ 'src/other.asm.ts': '' })));
afterAll(() => app.remove());

function edit(file: string, name = 'client'): { readonly result: unknown; readonly sent: readonly unknown[] }[] {
  const plugin = pluginOf();
  plugin.configResolved!.call(
    { meta: { viteVersion: '8.0.0' } },
    {
      ...{ root: app.appPath, mode: 'development', command: 'serve', envDir: app.appPath, base: '/' },
      ...{ plugins: zeroBackendSync(), worker: { format: 'es' }, env: {}, logger: {} },
    },
  );
  const call = (run: (send: (message: unknown) => void) => unknown) => {
    const sent: unknown[] = [];
    return { result: run((message) => sent.push(message)), sent };
  };
  const path = `${app.appPath}/${file}`;
  return [
    call((send) => plugin.hotUpdate!.call({ environment: { name, hot: { send } } }, { file: path })),
    call((send) => plugin.handleHotUpdate!({ file: path, server: { ws: { send } } })),
  ];
}
const reload = { result: [], sent: [{ type: 'full-reload', path: '*' }] };
const left = { result: undefined, sent: [] };

test.each([
  'src/lib/schema.ts',
  'src/lib/engine.js',
  'src/lib/types.ts',
  'src/lib/config.json',
  'src/lib/vue.ts',
  'src/lib/worker/index.ts',
  'src/lib/worker/crypto.asm.ts',
  'src/other.asm.ts',
])('%s reloads it, in Vite 6 and later and in Vite 5', (file) => {
  expect(edit(file)).toEqual([reload, reload]);
});

test.each(['src/App.tsx', 'src/library/a.ts', 'index.html', 'src/third.asm.ts.txt'])('%s is left to Vite', (file) => {
  expect(edit(file)).toEqual([left, left]);
});

test('what the plugin itself has written does not reload it again', () => {
  expect(edit('src/lib/worker/crypto.wasm')).toEqual(Array(2).fill({ result: [], sent: [] }));
});

test('only the page of a browser is reloaded', () => {
  expect(edit('src/lib/schema.ts', 'ssr')[0]).toEqual(left);
});
