/**
 * Checks config.json where it is bundled, so that a slip is seen in the terminal, the overlay and the build rather than by a user. In
 * development it also writes the development relays in the place of the configured ones; the app's sources know nothing of them.
 */
import type { LoaderContext } from 'webpack';
import { readConfig } from '../../runtime/core/config';
import type { DevRelays } from '../dev-relays';
import { KitError } from '../kit-error';
import { JsonMistake, parseJson } from '../parse-json';

export interface ConfigLoaderOptions {
  /** The development relays, where they are to be written into what is bundled. */
  readonly relays?: () => DevRelays | undefined;
}

export default function configLoader(this: LoaderContext<ConfigLoaderOptions>, source: string): void {
  const callback = this.async();
  const relays = this.getOptions().relays?.();
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
    return parseJson(source) as object;
  } catch (error) {
    if (!(error instanceof JsonMistake)) throw error;
    const { line, column } = error.place;
    throw new KitError(
      'CONFIG_INVALID',
      `config.json is not valid JSON in line ${line}, column ${column}: ${error.message}`,
    );
  }
}
