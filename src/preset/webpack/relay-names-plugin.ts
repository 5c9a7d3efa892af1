/** Says in the terminal of a development server through which relays the app syncs: those that run beside it, or those of its config.json. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Compiler } from 'webpack';
import type { AppContext } from '../app';
import type { DevRelays } from '../dev-relays';

const name = 'ZeroBackendSyncRelayNames';

/** Create React App clears the terminal when a compilation is done, and prints its own words then: these come after. */
const afterOthers = 1000;

export interface RelayNamesOptions {
  readonly app: AppContext;
  /** Undefined where the app wants none: then those of config.json are used. */
  readonly relays: DevRelays | undefined;
  readonly print?: (text: string) => void;
  /** Whether the tool clears the terminal, as Create React App does, so that what was said has to be said again. */
  readonly isCleared: boolean;
}

export class RelayNamesPlugin {
  constructor(private readonly options: RelayNamesOptions) {}

  apply(compiler: Compiler): void {
    const { app, relays, print = console.log, isCleared } = this.options;
    let isSaid = false;
    compiler.hooks.done.tapPromise({ name, stage: afterOthers }, async (stats) => {
      if (!compiler.watchMode || stats.hasErrors() || (isSaid && !isCleared)) return;
      const text = relays ? describeOwn(await addressesOf(relays), app) : describeConfigured(app);
      if (text === undefined) return;
      isSaid = true;
      print(text);
    });
  }
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
