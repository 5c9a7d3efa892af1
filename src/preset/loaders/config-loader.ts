/**
 * Checks config.json where it is bundled, so that a slip is seen in the terminal, the overlay and the build rather than by a user. In
 * development it also writes the development relays in the place of the configured ones; the app's sources know nothing of them.
 */
import type { LoaderContext } from 'webpack';
import { readConfig } from '../../runtime/core/config';
import type { DevRelays } from '../dev-relays';
import { KitError } from '../kit-error';

export interface ConfigLoaderOptions {
  readonly relays?: DevRelays;
}

export default function configLoader(this: LoaderContext<ConfigLoaderOptions>, source: string): void {
  const callback = this.async();
  const { relays } = this.getOptions();
  // The relays' ports are those of this run.
  if (relays) this.cacheable(false);
  bundledConfig(source, relays).then(
    (config) => callback(null, JSON.stringify(config)),
    (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
  );
}

async function bundledConfig(source: string, relays: DevRelays | undefined): Promise<object> {
  const config = parse(source);
  readConfig(config);
  return relays ? { ...config, relays: await relays.start() } : config;
}

function parse(source: string): object {
  try {
    return JSON.parse(source) as object;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new KitError('CONFIG_INVALID', `config.json is not valid JSON${placeOf(reason, source)}: ${reason}`);
  }
}

/** Node tells how many characters into the text the mistake is; a person looks for a line. */
function placeOf(reason: string, source: string): string {
  const [, position] = /at position (\d+)/.exec(reason) ?? [];
  if (position === undefined) return '';
  const before = source.slice(0, Number(position)).split('\n');
  return ` in line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`;
}
