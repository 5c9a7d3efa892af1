/**
 * An edit of the template's files, or of AssemblyScript, reloads the page. Vite replaces neither a worker that runs nor an engine that a component holds:
 * the page would go on with the old ones, and whoever opens an engine next would get a second one of the new module. What was written is in the database.
 */
import path from 'node:path';
import type { Plugin } from 'vite' with { 'resolution-mode': 'import' };
import { findEntries } from '../assembly-entries';
import type { ViteApp } from './options';

const reload = { type: 'full-reload', path: '*' } as const;

/** Vite 6 and later call the first, Vite 5 the second. */
export function hotReloadHooks(app: () => ViteApp): Pick<Plugin, 'hotUpdate' | 'handleHotUpdate'> {
  return {
    hotUpdate({ file }) {
      const means = whatEditMeans(app(), file);
      if (means === EditMeans.Other || this.environment.name !== 'client') return undefined;
      if (means === EditMeans.Reload) this.environment.hot.send(reload);
      return [];
    },
    handleHotUpdate({ file, server }) {
      const means = whatEditMeans(app(), file);
      if (means === EditMeans.Other) return undefined;
      if (means === EditMeans.Reload) server.ws.send(reload);
      return [];
    },
  };
}

enum EditMeans {
  Reload,
  /** The plugin has written the file, after an edit that has already reloaded the page. */
  Nothing,
  Other,
}

/** @param file Absolute, with slashes. */
function whatEditMeans(app: ViteApp, file: string): EditMeans {
  const { appPath, options } = app;
  const name = path.relative(appPath, path.normalize(file)).replace(/\\/g, '/');
  if (!name.startsWith('src/')) return EditMeans.Other;
  if (name.endsWith('.wasm') && findEntries(app).includes(name.replace(/\.wasm$/, '.asm.ts'))) return EditMeans.Nothing;
  const isReloaded = name.startsWith(`${options.lib}/`) || findEntries(app).includes(name);
  return isReloaded ? EditMeans.Reload : EditMeans.Other;
}
