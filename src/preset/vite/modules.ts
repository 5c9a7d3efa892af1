/**
 * The modules that the plugin makes or checks, in the page's build and in those of workers: compiled AssemblyScript, config.json, and what says of which
 * version the template is.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Plugin } from 'vite' with { 'resolution-mode': 'import' };
import { bundleConfig } from '../bundled-config';
import type { DevRelays } from '../dev-relays';
import { engineModules } from '../jest/config';
import { withRealTimers } from '../jest/real-timers-transform';
import { checkTemplate, filesOfTemplateChecks } from '../template-checks';
import { isTemplateFile } from '../template-files';
import { isForVitest } from './app';
import { inlineModule } from './compiler';
import type { WasmCompiler, WasmModule } from './compiler';
import { configError, fileError } from './errors';
import type { ViteApp } from './options';

/** What the plugin knows when the configuration is resolved. */
export interface Session {
  readonly app: ViteApp;
  readonly command: 'serve' | 'build';
  readonly compiler: WasmCompiler;
  /** What development shows in the place of the relays of config.json. */
  readonly relays: () => DevRelays | undefined;
  /** Called with the path of each module that is bundled. */
  readonly noteModule: (file: string) => void;
}

/** No extension, so that no other plugin takes it for its own; a chunk of its own has the name behind the last slash. */
const prefix = '\0zero-backend-sync/wasm/';
const isOfEngine = new RegExp(engineModules);

/** Of RxDB. Vite finds its CommonJS, of which a test would get the modules behind the first one from Node: with the timers that the test has faked. */
const idleQueue = 'custom-idle-queue';

function findIdleQueue(found: { readonly id: string } | null): string | undefined {
  const file = found?.id.replace(/\/lib\/index\.es5\.js(?:\?.*)?$/, '/es/index.js');
  return file !== undefined && existsSync(file) ? file : undefined;
}

/** A plugin for the page, or a new one for each worker. */
export function modulesPlugin(session: () => Session): Plugin {
  return {
    name: 'zero-backend-sync:modules',
    enforce: 'pre',
    // Vite 8 calls for what the filters name only; others call for all.
    resolveId: {
      order: 'pre',
      filter: { id: /\.wasm$|^custom-idle-queue$/ },
      async handler(source, importer, options) {
        if (source === idleQueue)
          return isForVitest() ? findIdleQueue(await this.resolve(source, importer)) : undefined;
        const module = findModule(session(), source, importer);
        // Vite looks for dependencies.
        const isScan = (options as { readonly scan?: boolean } | undefined)?.scan === true;
        if (module === undefined || isScan) return undefined;
        const { app, command, compiler } = session();
        const isInline = app.options.wasm === 'inline';
        // While the app is developed, an error is to be seen when the worker starts rather than when it derives keys. The other way needs the file now.
        if (!isInline || (command === 'serve' && !isForVitest())) await compiler.compile(module);
        return isInline ? idOf(app, module) : undefined;
      },
    },
    load: {
      order: 'pre',
      filter: { id: [new RegExp(`^${prefix}`), /\.wasm$/] },
      async handler(id) {
        const { app, compiler } = session();
        const isInline = id.startsWith(prefix);
        const file = isInline ? path.join(app.appPath, `${id.slice(prefix.length)}.wasm`) : id;
        const module = file.endsWith('.wasm') ? compiler.find(file) : undefined;
        if (module === undefined) return undefined;
        for (const source of compiler.sourcesOf(module)) this.addWatchFile(source);
        const compiled = await compiler.compile(module);
        for (const dependency of compiled.dependencies) this.addWatchFile(dependency);
        // The other way vite-plugin-wasm, or Vite itself, goes on with the file.
        return isInline ? { code: inlineModule(compiled.file), map: null, moduleType: 'js' } : undefined;
      },
    },
    transform: {
      order: 'pre',
      filter: { id: isForVitest() ? /./ : /[\\/](?:types|worker[\\/]index|config)\.(?:[jt]sx?|json)/ },
      async handler(code, id) {
        const { app, relays } = session();
        const [name = ''] = id.split('?');
        const file = path.normalize(name);
        if (isTemplateFile(app, 'types', file) || isTemplateFile(app, 'worker/index', file)) {
          for (const other of filesOfTemplateChecks(app))
            if (other !== file && existsSync(other)) this.addWatchFile(other);
          const [error] = checkTemplate(app);
          if (error !== undefined) throw fileError(file, error);
        }
        // With a query it is asked for as something else than an object.
        if (name === id && file === path.join(app.appPath, app.options.lib, 'config.json')) {
          try {
            return { code: await bundleConfig(code, relays()), map: null };
          } catch (error) {
            throw configError(app, error);
          }
        }
        if (isForVitest() && isOfEngine.test(file)) return { code: withRealTimers(code), map: null };
        return undefined;
      },
    },
    moduleParsed({ id }) {
      const [file = ''] = id.split('?');
      if (path.isAbsolute(file)) session().noteModule(file);
    },
  };
}

/** An import of a compiled file, relative, by an alias or from the root of the site. With a query it asks for something else than a module. */
function findModule({ app, compiler }: Session, source: string, importer: string | undefined): WasmModule | undefined {
  if (!source.endsWith('.wasm') || importer === undefined) return undefined;
  const [from = ''] = importer.split('?');
  if (source.startsWith('.')) return compiler.find(path.resolve(path.dirname(from), source));
  if (!path.isAbsolute(source)) return undefined;
  return compiler.find(source) ?? compiler.find(path.join(app.appPath, source));
}

function idOf({ appPath }: ViteApp, { file }: WasmModule): string {
  return `${prefix}${path
    .relative(appPath, file)
    .replace(/\\/g, '/')
    .replace(/\.wasm$/, '')}`;
}
