/** A small app with a template in a folder of its own, and the plugin as Vite asks it. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { launch } from '../../support/processes';
import type { Environment, Program } from '../../support/processes';
import { fingerprintOf } from '../../../src/preset/salt';
import { TEMPLATE_VERSION } from '../../../src/runtime/core/versions';
import { zeroBackendSync } from '../../../src/preset/vite';
import type { ViteOptions } from '../../../src/preset/vite';

export const salt = Buffer.alloc(32, 7);
export const saltText = salt.toString('base64');
const root = path.resolve(__dirname, '../../..');

export const config = (changes: object = {}): string =>
  JSON.stringify(
    {
      appId: 'app/0123456789abcdef',
      kind: 30078,
      salts: [{ id: '1', env: 'SYNC_SALT', fingerprint: fingerprintOf(salt) }],
      iterations: 600000,
      relays: ['wss://a.example', 'wss://b.example', 'wss://c.example'],
      activeRelays: 3,
      notBefore: '2026-01-01',
      ...changes,
    },
    null,
    2,
  );

/** Compiles in a moment; the real black box takes seconds. */
export const blackBox = `import { unmaskSalt } from 'zero-backend-sync/assembly/salt.generated';
const SECRET: usize = memory.data(32, 16);
export function abi(): u32 {
  return 1;
}
export function unmask(): void {
  unmaskSalt(SECRET);
}
`;

export interface SmallApp {
  readonly appPath: string;
  write(file: string, text: string): void;
  remove(): void;
}

export function makeApp(files: Readonly<Record<string, string>> = {}): SmallApp {
  const appPath = realpathSync(mkdtempSync(path.join(tmpdir(), 'zbs-vite-')));
  const write = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(appPath, file)), { recursive: true });
    writeFileSync(path.join(appPath, file), text);
  };
  const given: Readonly<Record<string, string>> = {
    'package.json': '{ "name": "app", "private": true, "type": "module" }',
    'index.html': '<!doctype html><script type="module" src="/src/main.js"></script>',
    'src/main.js':
      "import { start } from './lib/engine';\nimport { TEMPLATE_VERSION } from './lib/types';\nconsole.log(TEMPLATE_VERSION);\nstart();\n",
    'src/lib/engine.js':
      "export const start = () => new Worker(new URL('./worker/index.js', import.meta.url), { type: 'module' });\n",
    'src/lib/types.js': `export const TEMPLATE_VERSION = ${TEMPLATE_VERSION};\n`,
    'src/lib/config.json': config(),
    'src/lib/worker/index.js':
      "import config from '../config.json';\nself.onmessage = () => import('./crypto.wasm').then(({ default: load }) => load()).then(() => postMessage(config));\n",
    'src/lib/worker/crypto.asm.ts': blackBox,
    '.env.local': `SYNC_SALT=${saltText}\n`,
    ...files,
  };
  for (const [file, text] of Object.entries(given)) write(file, text);
  mkdirSync(path.join(appPath, 'node_modules'));
  symlinkSync(path.join(root, 'node_modules/vite'), path.join(appPath, 'node_modules/vite'));
  return { appPath, write, remove: () => rmSync(appPath, { recursive: true, force: true }) };
}

/** Hooks of one of its plugins, called as Vite calls them. */
export function pluginOf(options?: ViteOptions): Record<string, (...given: unknown[]) => unknown> {
  return zeroBackendSync(options)[0] as never;
}

/** The configuration of Vite, with the plugin as `npm run build` leaves it: required, because Vite makes one file of what a configuration imports by path. */
export const viteConfig = (options = '', rest = ''): string =>
  `import { createRequire } from 'node:module';
const { zeroBackendSync } = createRequire(import.meta.url)(${JSON.stringify(path.join(root, 'dist/preset/vite/index.js'))});
export default { plugins: [zeroBackendSync(${options})], ${rest} };
`;

/** @param args Such as `build`. */
export function startVite(appPath: string, args: readonly string[], environment: Environment = {}): Program {
  return launch(process.execPath, [path.join(root, 'node_modules/vite/bin/vite.js'), ...args], appPath, {
    NO_COLOR: '1',
    ...environment,
  });
}
