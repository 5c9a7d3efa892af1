/** The list of relays that an app serves to its own devices (`relaysUrl` of config.json), as far as a build can see it. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readServedList } from '../runtime/core/config/served-list';
import type { AppContext } from './app';
import { parseJson } from './parse-json';

/**
 * @param publicFolder what the build copies as it is. Absolute.
 * @returns a warning, in words; undefined where the list is right, where none is named, and where the host has it from elsewhere
 */
export function checkServedList({ appPath, options }: AppContext, publicFolder: string): string | undefined {
  const config = path.join(appPath, options.lib, 'config.json');
  const relaysUrl = existsSync(config) ? relaysUrlIn(readFileSync(config, 'utf8')) : undefined;
  const file = path.join(publicFolder, relaysUrl ?? '');
  if (relaysUrl === undefined || !existsSync(file)) return undefined;
  try {
    readServedList(JSON.parse(readFileSync(file, 'utf8')), relaysUrl);
    return undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `zero-backend-sync: devices will not take ${path.relative(appPath, file)}, which "relaysUrl" of ${options.lib}/config.json names, and go on with the list that they have. ${reason}`;
  }
}

/** What is wrong with config.json itself, its loader reports. */
function relaysUrlIn(text: string): string | undefined {
  try {
    const { relaysUrl } = parseJson(text) as { readonly relaysUrl?: unknown };
    return typeof relaysUrl === 'string' ? relaysUrl : undefined;
  } catch {
    return undefined;
  }
}
