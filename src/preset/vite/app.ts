/** The app as Vite's resolved configuration describes it. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ResolvedConfig } from 'vite' with { 'resolution-mode': 'import' };
import { viteEnvFiles } from '../env-files';
import type { ResolvedViteOptions, ViteApp } from './options';

/** Whether Vite works for Vitest, which says so to whatever it loads. */
export function isForVitest(): boolean {
  return process.env.VITEST !== undefined;
}

/** @param config Its `root` is the app's folder: `lib` of the options is relative to it. */
export function appOf(
  config: Pick<ResolvedConfig, 'root' | 'mode' | 'envDir' | 'command'>,
  given: ResolvedViteOptions,
): ViteApp {
  const { root, mode, envDir, command } = config;
  const isTest = isForVitest();
  return {
    appPath: path.normalize(root),
    options: isTest ? { ...given, wasm: 'inline' } : given,
    envFiles: envDir === false ? [] : viteEnvFiles(envDir, mode),
    // Only tests may do with the published salt, whatever NODE_ENV a terminal happens to have.
    env: { ...process.env, NODE_ENV: isTest ? 'test' : command === 'build' ? 'production' : 'development' },
  };
}

/** Whether the app has the template, without which the plugin has nothing to do but to compile AssemblyScript. */
export function hasTemplate({ appPath, options }: Pick<ViteApp, 'appPath' | 'options'>): boolean {
  return existsSync(path.join(appPath, options.lib, 'config.json'));
}
