/**
 * config.json as it is bundled: checked there, so that a slip is seen in the terminal, the overlay and the build rather than by a user. In development it
 * has the development relays in the place of the configured ones; the app's sources know nothing of them.
 */
import { readConfig } from '../runtime/core/config';
import type { DevRelays } from './dev-relays';
import { KitError } from './kit-error';
import { JsonMistake, parseJson } from './parse-json';

/**
 * @param source The text of the file.
 * @param relays Those of development, if it is to name them.
 * @returns JSON
 * @throws KitError CONFIG_INVALID, SyncError CONFIG_INVALID or SALT_CONFIG_INVALID, or what kept the relays from starting
 */
export async function bundleConfig(source: string, relays: DevRelays | undefined): Promise<string> {
  const config = parse(source);
  readConfig(config);
  return JSON.stringify(relays ? inDevelopment(config, await relays.start()) : config);
}

/** Nothing of a developer's experiments reaches a relay that the app uses, used or may come to use. */
function inDevelopment(config: object, relays: readonly string[]): object {
  return { ...config, relays, formerRelays: undefined, relaysUrl: undefined };
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
      error.place,
    );
  }
}
