/** Says through which relays an app syncs in development: those that run beside it, or those of its config.json. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { AppContext } from './app';
import type { DevRelays } from './dev-relays';

/**
 * @param relays Those of development, if the app wants them.
 * @returns some lines for a terminal; undefined where there are none to name
 */
export async function describeRelays(app: AppContext, relays: DevRelays | undefined): Promise<string | undefined> {
  return relays ? describeOwn(await addressesOf(relays), app) : describeConfigured(app);
}

/** None where they could not be started, which the loader of config.json reports. */
async function addressesOf(relays: DevRelays): Promise<readonly string[]> {
  return relays.start().catch(() => []);
}

function describeOwn(addresses: readonly string[], { options }: AppContext): string | undefined {
  if (addresses.length === 0) return undefined;
  return [
    'zero-backend-sync: the app syncs through relays on this computer:',
    ...addresses.map((address) => `  ${address}`),
    `Builds use those of ${options.lib}/config.json.\n`,
  ].join('\n');
}

function describeConfigured({ appPath, options }: AppContext): string | undefined {
  const addresses = configuredRelays(path.join(appPath, options.lib, 'config.json'));
  if (addresses.length === 0) return undefined;
  return [
    `zero-backend-sync: the app syncs through the relays of ${options.lib}/config.json:`,
    ...addresses.map((address) => `  ${address}`),
    '',
  ].join('\n');
}

/** None where the file cannot be read: the loader says so where it is bundled. */
function configuredRelays(file: string): readonly string[] {
  try {
    const { relays } = JSON.parse(readFileSync(file, 'utf8')) as { readonly relays?: unknown };
    return Array.isArray(relays) ? relays.filter((relay): relay is string => typeof relay === 'string') : [];
  } catch {
    return [];
  }
}
