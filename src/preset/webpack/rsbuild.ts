/**
 * The plugin of Rsbuild 1 and 2. It puts the webpack plugin into what Rspack gets, and adds to Rsbuild's own servers, which know nothing of the settings of
 * webpack-dev-server.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Compiler } from 'webpack';
import { findApp } from '../app';
import type { AppContext } from '../app';
import { relaysPath, relaySwitches } from '../dev-server';
import { viteEnvFiles } from '../env-files';
import { readOptions } from '../options';
import type { PresetOptions } from '../options';
import { devRelaysOf } from '../dev-relays';
import { watchEngine } from './engine-reload';
import { ZeroBackendSyncPlugin } from './plugin';

type Handler = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void;

/** What of Rsbuild's servers is used. */
interface RsbuildServer {
  readonly middlewares: {
    use(handler: Handler): unknown;
    use(path: string, handler: Handler): unknown;
  };
}
interface RsbuildDevServer extends RsbuildServer {
  sockWrite(type: 'static-changed'): void;
}

/** What of the API of Rsbuild's plugins is used. */
export interface RsbuildApi {
  readonly context: { readonly rootPath: string };
  modifyRspackConfig(change: (config: { readonly plugins: unknown[] }) => void): void;
  onAfterCreateCompiler(look: (created: { readonly compiler: object }) => void): void;
  onBeforeStartDevServer(extend: (started: { readonly server: RsbuildDevServer }) => void): void;
  /** Rsbuild 1 gives a preview's server to nobody. */
  onBeforeStartPreviewServer?(extend: (started: { readonly server: RsbuildServer }) => void): void;
}

export interface ZeroBackendSyncRsbuildPlugin {
  readonly name: string;
  setup(api: RsbuildApi): void;
}

/**
 * For Rsbuild 1 and 2: `plugins: [pluginZeroBackendSync(options)]` in rsbuild.config.
 * @throws KitError OPTIONS_INVALID
 */
export function pluginZeroBackendSync(options?: PresetOptions): ZeroBackendSyncRsbuildPlugin {
  const resolved = readOptions(options);
  return {
    name: 'zero-backend-sync',
    setup(api) {
      let reload = (): void => undefined;
      const appOf = (): AppContext => ({ appPath: findApp(api.context.rootPath, resolved.lib), options: resolved });

      api.modifyRspackConfig(({ plugins }) => void plugins.push(new ZeroBackendSyncPlugin(options, viteEnvFiles)));
      api.onAfterCreateCompiler(({ compiler }) => {
        const app = appOf();
        for (const one of compilersOf(compiler)) watchEngine(one, app, () => reload());
      });
      api.onBeforeStartDevServer(({ server }) => {
        reload = () => server.sockWrite('static-changed');
        const relays = devRelaysOf(appOf());
        if (relays) server.middlewares.use(relaysPath, relaySwitches(relays));
        server.middlewares.use(refuseHtmlForWasm);
      });
      api.onBeforeStartPreviewServer?.(({ server }) => void server.middlewares.use(refuseHtmlForWasm));
    },
  };
}

/** Rsbuild sends the app's HTML for a .wasm file that is missing, unless the request takes no HTML. */
export const refuseHtmlForWasm: Handler = ({ url = '', headers }, _response, next) => {
  if (url.replace(/\?.*$/, '').endsWith('.wasm')) headers.accept = 'application/wasm';
  next();
};

function compilersOf(compiler: object): readonly Compiler[] {
  return 'compilers' in compiler ? (compiler.compilers as readonly Compiler[]) : [compiler as Compiler];
}
