#!/usr/bin/env node
/**
 * `npm run relay`: runs one embedded relay, or several, until Ctrl-C.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { KitError } from '../preset/kit-error';
import { relayModes, startRelay } from './index';
import type { RelayMode, RunningRelay } from './index';

interface Arguments {
  readonly port: number;
  readonly host: string;
  readonly file?: string;
  readonly fsync?: boolean;
  readonly mode: RelayMode;
  readonly count: number;
}

const program = new Command('relay')
  .description('A small Nostr relay for development and tests. Stops on Ctrl-C.')
  .option(
    '-p, --port <number>',
    'port of the first relay; the others take the next ones; 0 takes any free port',
    parsePort,
    7777,
  )
  .option('--host <address>', 'address to listen on; anything but loopback lets other machines in', '127.0.0.1')
  .option(
    '-f, --file <path>',
    'file that keeps the events (of several relays: data.jsonl, data.2.jsonl, ...); default: memory only',
  )
  .option('--fsync', 'wait for the disk before an event is acknowledged')
  .addOption(new Option('-m, --mode <relay>', 'whose behaviour to imitate').choices(relayModes).default('strfry'))
  .option('-n, --count <number>', 'how many relays', parseCount, 1);

void run(program.parse().opts<Arguments>());

async function run({ port, host, file, fsync, mode, count }: Arguments): Promise<void> {
  const relays: RunningRelay[] = [];
  const stopAll = () => Promise.all(relays.map((relay) => relay.stop()));
  try {
    for (let index = 0; index < count; index += 1) {
      const ownPort = port === 0 ? 0 : port + index;
      const relay = await startRelay({ port: ownPort, host, file: file && nameFile(file, index), fsync, mode });
      relays.push(relay);
      console.log(
        `${relay.url}  ${mode}, ${file ? nameFile(file, index) : 'in memory only'}, ${relay.events().length} events`,
      );
    }
  } catch (error) {
    await stopAll();
    if (!(error instanceof KitError)) throw error;
    console.error(`${error.code}: ${error.message}`);
    process.exitCode = 1;
    return;
  }
  const stop = () => void stopAll().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

/** data.jsonl, data.2.jsonl, data.3.jsonl, ... */
function nameFile(file: string, index: number): string {
  return index === 0 ? file : file.replace(/(\.[^./\\]*)?$/, `.${index + 1}$1`);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a whole number from 0 to 65535.');
}

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= 100) return count;
  throw new InvalidArgumentError('The number of relays is from 1 to 100.');
}
