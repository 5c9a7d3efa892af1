/** `relay`: relays of this machine for a build that is tried out, and the lines by which an app takes them. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import pc from 'picocolors';
import { findFreePort } from '../../preset/free-port';
import { KitError } from '../../preset/kit-error';
import { startRelay, type RunningRelay } from '../../relay';
import { FEWEST_RELAYS } from '../../runtime/core/config/relay-list';
import { usualDir } from '../discover/facts';
import { discoverPlatform } from '../discover/platform';
import { buildCommand } from '../discover/script-of';
import { readRecord } from '../installation-record';
import { command } from '../next';
import { ExitStatus, type CommandContext, type CommandResult } from './context';
import { optionInvalid, portOf } from './flags';

export interface RelayOptions {
  /** Of the first relay; the others have the next ones. */
  readonly port?: string;
  readonly count?: string;
  /** Where they keep what they store. */
  readonly data?: string;
}

const usualPort = 7777;
const mostRelays = 16;

/** @throws KitError OPTION_INVALID, PORTS_TAKEN, RELAY_PORT_TAKEN, RELAY_CANNOT_LISTEN, RELAY_FILE_BUSY, RELAY_FILE_UNUSABLE */
export async function relay({ root, files, terminal }: CommandContext, options: RelayOptions): Promise<CommandResult> {
  const count = countOf(options.count);
  const givenPort = portOf(options.port);
  if (givenPort !== undefined && givenPort + count - 1 > 65_535)
    throw optionInvalid('--port', `a port after which there are ${count - 1} more`, options.port);
  const folder = options.data === undefined ? null : path.resolve(root, options.data);
  const config = `${readRecord(files)?.dir ?? usualDir}/config.json`;
  if (folder !== null) makeFolder(folder);

  const relays: RunningRelay[] = [];
  const stop = async () => {
    await Promise.all(relays.map((running) => running.stop()));
  };
  try {
    for (let index = 0; index < count; index += 1) {
      // A port that was named is in an app's configuration: another one would help nobody.
      const port =
        givenPort === undefined ? await findFreePort((relays.at(-1)?.port ?? usualPort - 1) + 1) : givenPort + index;
      const name = `relay ${index + 1}`;
      const file = folder === null ? undefined : path.join(folder, `relay-${index + 1}.jsonl`);
      relays.push(await startRelay({ port, name, file }));
    }
  } catch (error) {
    await stop();
    throw error;
  }

  const addresses = relays.map(({ url }) => url);
  terminal.print(
    [
      `${pc.bold(`${count} relays`)} listen on this machine, until Ctrl-C. They keep what they store`,
      folder === null ? 'in memory only (--data FOLDER keeps it).' : `in ${folder}.`,
      '',
      `A build takes them by these lines of ${config}:`,
      '',
      `  "relays": [`,
      ...addresses.map((address, index) => `    "${address}"${index === count - 1 ? '' : ','}`),
      '  ],',
      '',
      'or without a change there, by the provider:',
      '',
      `  const relays = [`,
      ...addresses.map((address) => `    '${address}',`),
      '  ];',
      '  <SyncProvider identity={identity} relays={relays}> // React',
      '  provideSync({ identity, relays }); // Vue',
    ].join('\n'),
  );
  return {
    status: ExitStatus.Ok,
    json: { relays: addresses, data: folder, config },
    next: [
      {
        kind: 'by-hand',
        what: 'for as long as they run, a build takes them in the place of its own relays',
        file: config,
        code: `"relays": ${JSON.stringify(addresses)},`,
      },
      command(
        files.read('package.json') === null ? 'npm run build' : buildCommand(discoverPlatform(files)),
        'the build takes what stands there',
      ),
    ],
    stop,
  };
}

/** @throws KitError RELAY_FILE_UNUSABLE */
function makeFolder(folder: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new KitError(
      'RELAY_FILE_UNUSABLE',
      `${folder} cannot be the folder of --data (${(error as NodeJS.ErrnoException).code}). Name a folder, or one that can be made.`,
    );
  }
}

/** @throws KitError OPTION_INVALID */
function countOf(given: string | undefined): number {
  const count = given === undefined ? FEWEST_RELAYS : Number(given);
  if (Number.isInteger(count) && count >= FEWEST_RELAYS && count <= mostRelays) return count;
  throw optionInvalid(
    '--count',
    `a number from ${FEWEST_RELAYS}, the fewest that an app syncs over, to ${mostRelays}`,
    given,
  );
}
