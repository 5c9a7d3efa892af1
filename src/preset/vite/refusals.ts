/** What is refused when Vite has resolved the configuration, because it would be seen late or by users only. */
import type { ResolvedConfig } from 'vite' with { 'resolution-mode': 'import' };
import { packageName } from '../app';
import { KitError } from '../kit-error';
import { readSaltText, saltRequestOf } from '../salt';
import { hasTemplate, isForVitest } from './app';
import type { ViteApp } from './options';

type Config = Pick<ResolvedConfig, 'plugins' | 'envPrefix' | 'define' | 'env' | 'worker'> & {
  readonly viteVersion: string | undefined;
};

/** @throws KitError PRESET_TWICE, SALT_EXPOSED, WORKER_FORMAT or WASM_PLUGIN_MISSING */
export function refuseConfig(config: Config, app: ViteApp): void {
  refuseTwice(config);
  if (!hasTemplate(app)) return;
  refuseExposedSalt(config, app);
  if (isForVitest()) return;
  refuseFormat(config);
  refuseMissingWasmPlugin(config, app);
}

function refuseTwice({ plugins }: Config): void {
  if (plugins.filter(({ name }) => name === packageName).length < 2) return;
  throw new KitError(
    'PRESET_TWICE',
    'zero-backend-sync/vite is listed twice under plugins in the configuration of Vite. Keep one entry, with the options of both.',
  );
}

/** What has one of these prefixes is in `import.meta.env`, and what is defined is in the sources: both are for everybody to read. */
function refuseExposedSalt({ envPrefix, define, env }: Config, app: ViteApp): void {
  const { variable: name, text: salt } = readSaltText(saltRequestOf(app)) ?? {};
  const prefixes = [envPrefix ?? 'VITE_'].flat();
  const prefix = name === undefined ? undefined : prefixes.find((candidate) => name.startsWith(candidate));
  if (prefix !== undefined) {
    throw exposed(
      `the variable ${name} begins with "${prefix}" of envPrefix, and Vite puts such variables into import.meta.env`,
      name === 'SYNC_SALT'
        ? 'Choose a longer prefix, such as "VITE_".'
        : `Rename it to SYNC_SALT, in ${app.options.lib}/config.json ("env") and where the salt is kept; its value stays the same.`,
    );
  }
  const published = Object.entries(env).find(([, value]) => salt !== undefined && String(value).includes(salt));
  if (published !== undefined) {
    throw exposed(
      `the variable ${published[0]} has the salt as its value, and Vite puts it into import.meta.env`,
      'Remove it; the build reads SYNC_SALT by itself.',
    );
  }
  const defined = Object.entries(define ?? {}).find(([key, value]) => {
    const text = `${key} ${JSON.stringify(value) ?? ''}`;
    return (
      (name !== undefined && new RegExp(`\\b${name}\\b`).test(text)) || (salt !== undefined && text.includes(salt))
    );
  });
  if (defined !== undefined) {
    throw exposed(
      `"${defined[0]}" under define has it, and Vite writes that into the sources`,
      'Define the variables that the app reads one by one, or use import.meta.env in their place.',
    );
  }
}

function exposed(how: string, remedy: string): KitError {
  return new KitError(
    'SALT_EXPOSED',
    `The configuration of Vite would publish the app's salt: ${how}. Whoever loads the app could read it there. ${remedy}`,
  );
}

function refuseFormat({ worker }: Config): void {
  if (worker.format === 'es') return;
  throw new KitError(
    'WORKER_FORMAT',
    `worker.format is '${worker.format}' in the configuration of Vite. The worker of zero-backend-sync imports its black box when it needs it, and only ` +
      "'es' has such imports. Remove the setting, or make it 'es': all browsers that the engine supports have workers that are modules.",
  );
}

function refuseMissingWasmPlugin({ plugins, viteVersion }: Config, { options }: ViteApp): void {
  const isNeeded = options.wasm === 'vite-plugin-wasm' && Number.parseInt(viteVersion ?? '8') < 8;
  if (!isNeeded || plugins.some(({ name }) => name === 'vite-plugin-wasm')) return;
  throw new KitError(
    'WASM_PLUGIN_MISSING',
    "zero-backend-sync/vite has the option wasm: 'vite-plugin-wasm', and that plugin is not listed. Add wasm() of vite-plugin-wasm to plugins and to " +
      'worker.plugins, with topLevelAwait() of vite-plugin-top-level-await or a build.target that has it; or leave the option out, which needs neither.',
  );
}
