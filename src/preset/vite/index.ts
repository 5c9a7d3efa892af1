/**
 * The Vite plugin: `plugins: [react(), zeroBackendSync()]`, for Vite 5 to 8 and Vitest. It compiles the black box with the app's salt, starts relays beside
 * the development server, and checks what a build is made of. See docs/vite.md of the package.
 */
import path from 'node:path';
import type { Plugin } from 'vite' with { 'resolution-mode': 'import' };
import { packageName } from '../app';
import { describeError } from '../kit-error';
import { appOf, isForVitest } from './app';
import { createBuildWatch } from './build';
import type { BuildWatch } from './build';
import { createWasmCompiler } from './compiler';
import { answerMissing, extendServer } from './dev-server';
import type { HeldRelays } from './dev-server';
import { hotReloadHooks } from './hot-reload';
import { modulesPlugin } from './modules';
import type { Session } from './modules';
import { readViteOptions } from './options';
import type { ViteOptions } from './options';
import { refuseConfig } from './refusals';
import { refuseOldVite, refuseOtherRxdb, rootOf, settingsOf } from './settings';

export { KitError } from '../kit-error';
export type { AssemblyScriptOptions, SharedOptions } from '../options';
export type { ViteOptions } from './options';

/** A plugin, as the types of every Vite take it. */
export interface VitePlugin {
  readonly name: string;
}

/**
 * @example
 * import { zeroBackendSync } from 'zero-backend-sync/vite';
 * export default defineConfig({ plugins: [react(), zeroBackendSync()] });
 * @throws KitError OPTIONS_INVALID; when Vite resolves the configuration VITE_UNSUPPORTED, PRESET_TWICE, PACKAGE_TWICE, SALT_EXPOSED, WORKER_FORMAT or
 * WASM_PLUGIN_MISSING
 */
export function zeroBackendSync(options?: ViteOptions): VitePlugin[] {
  const given = readViteOptions(options);
  let session: Session | undefined;
  let build: BuildWatch | undefined;
  let held: HeldRelays | undefined;
  const ready = <T>(value: T | undefined): T => {
    if (value !== undefined) return value;
    throw new Error('zero-backend-sync/vite is used before Vite has resolved its configuration.');
  };
  const modules = (): Plugin => modulesPlugin(() => ready(session));
  const inWorkers = (): Plugin => ({ ...modules(), generateBundle: (_options, bundle) => build?.noteWorker(bundle) });

  const main: Plugin = {
    name: packageName,
    enforce: 'pre',
    config(user) {
      const root = rootOf(user);
      refuseOldVite(root, this?.meta?.viteVersion);
      return settingsOf(user, { appPath: root, options: given }, inWorkers);
    },
    configResolved(config) {
      const app = appOf(config, given);
      refuseConfig({ ...config, viteVersion: this?.meta?.viteVersion }, app);
      if (!isForVitest()) refuseOtherRxdb(app.appPath);
      const compiler = createWasmCompiler(app, config.command, config.mode);
      build = createBuildWatch(app, config, compiler);
      session = {
        ...{ app, command: config.command, compiler },
        relays: () => held?.relays,
        noteModule: config.command === 'build' ? build.noteModule : () => {},
      };
    },
    configureServer(server) {
      const extended = extendServer(server, ready(session).app);
      ({ held } = extended);
      return extended.afterOthers;
    },
    configurePreviewServer: (server) => () => answerMissing(server),
    ...hotReloadHooks(() => ready(session).app),
    buildEnd(error) {
      if (error !== undefined || session?.command !== 'build') return;
      const twice = build?.findCopies();
      if (twice !== undefined) this.error(describeError(twice));
    },
    writeBundle({ dir, file }, bundle) {
      const folder = dir ?? (file && path.dirname(file));
      if (folder !== undefined) build?.noteWritten(folder, bundle);
    },
    closeBundle: {
      // Other plugins write files here.
      order: 'post',
      sequential: true,
      async handler() {
        // Of a development server, this is its end.
        await held?.release();
        if (session?.command === 'build') await build?.report().catch((error) => this.error(describeError(error)));
      },
    },
  };
  return [main, modules()];
}
