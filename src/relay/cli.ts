#!/usr/bin/env node
/**
 * `npm run relay`: runs one embedded relay, or several, until Ctrl-C.
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { KitError } from '../preset/kit-error';
import { relayModes, startRelay } from './index';
import type { RelayMode, RelayOptions, RunningRelay } from './index';

interface Arguments {
  readonly port: number;
  readonly host: string;
  readonly origin?: readonly string[];
  readonly file?: string;
  readonly fsync?: boolean;
  readonly mode: RelayMode;
  readonly count: number;
  readonly restrict?: true | readonly number[];
  readonly restrictWrites?: boolean;
  readonly strangersGetNothing?: boolean;
  readonly authWindow?: readonly [number, number];
  readonly sessionSeconds?: number;
  readonly serviceUrl?: string;
  readonly silent?: boolean;
  readonly greeting?: true | string;
  readonly eventBytes?: number;
  readonly requestLimit?: number;
  readonly rate?: number;
  readonly ratePer?: 'key' | 'address';
  readonly rateLoose?: boolean;
}

/** What some free relays say to everybody. */
const commonGreeting = 'Welcome! This relay is free, no payment required.';

const program = new Command('relay')
  .description('A small Nostr relay for development and tests. Stops on Ctrl-C.')
  .option(
    '-p, --port <number>',
    'port of the first relay; the others take the next ones; 0 takes any free port',
    parsePort,
    7777,
  )
  .option('--host <address>', 'address to listen on; anything but loopback lets other machines in', '127.0.0.1')
  .option('--origin <origin...>', "origins of web pages to let in beside those of this machine; '*' lets all in")
  .option(
    '-f, --file <path>',
    'file that keeps the events (of several relays: data.jsonl, data.2.jsonl, ...); default: memory only',
  )
  .option('--fsync', 'wait for the disk before an event is acknowledged')
  .addOption(new Option('-m, --mode <relay>', 'whose behaviour to imitate').choices(relayModes).default('strfry'))
  .option('-n, --count <number>', 'how many relays', parseCount, 1)
  .option('--restrict [kinds]', 'serve these kinds (30078) to their author only, after NIP-42', parseKinds)
  .option('--restrict-writes', 'and take them from their author only')
  .option('--strangers-get-nothing', 'answer strangers by EOSE without events instead of a refusal; challenge at once')
  .option('--auth-window <past,future>', 'seconds that a NIP-42 answer may be off, as 60,900', parseWindow)
  .option(
    '--session-seconds <number>',
    'how long a NIP-42 answer counts; default: as long as the connection',
    parseWhole,
  )
  .option('--service-url <url>', 'the address that a NIP-42 answer has to name; default: any')
  .option('--silent', 'accept and store everything, and show nothing')
  .option('--greeting [text]', 'a NOTICE for every new connection')
  .option('--event-bytes <number>', 'refuse larger events, without saying so in the NIP-11 document', parseWhole)
  .option('--request-limit <number>', 'refuse a REQ with a higher limit', parseWhole)
  .option('--rate <number>', 'addressable events a minute', parseWhole)
  .addOption(new Option('--rate-per <whom>', 'of whom they are counted').choices(['key', 'address']))
  .option('--rate-loose', 'count as nostream does: an average that halves in a minute');

void run(program.parse().opts<Arguments>());

async function run({ port, host, origin, file, fsync, mode, count, ...behaviour }: Arguments): Promise<void> {
  const relays: RunningRelay[] = [];
  const stopAll = () => Promise.all(relays.map((relay) => relay.stop()));
  try {
    for (let index = 0; index < count; index += 1) {
      const ownPort = port === 0 ? 0 : port + index;
      const relay = await startRelay({
        port: ownPort,
        host,
        origins: origin,
        file: file && nameFile(file, index),
        fsync,
        mode,
        ...optionsOf(behaviour),
      });
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

type Behaviour = Omit<Arguments, 'port' | 'host' | 'origin' | 'file' | 'fsync' | 'mode' | 'count'>;

function optionsOf(given: Behaviour): RelayOptions {
  const { restrict, restrictWrites, strangersGetNothing, authWindow, eventBytes, requestLimit, rate } = given;
  const [pastSeconds, futureSeconds] = authWindow ?? [];
  const isRestricted = restrict !== undefined || restrictWrites || strangersGetNothing;
  return {
    silent: given.silent,
    greeting: given.greeting === true ? commonGreeting : given.greeting,
    restricted: isRestricted
      ? withoutUndefined({
          kinds: restrict === true ? undefined : restrict,
          writes: restrictWrites,
          strangersGet: strangersGetNothing ? ('nothing' as const) : undefined,
        })
      : undefined,
    auth: withoutUndefined({
      pastSeconds,
      futureSeconds,
      sessionSeconds: given.sessionSeconds,
      serviceUrl: given.serviceUrl,
      challenges: strangersGetNothing ? ('at-connect' as const) : undefined,
    }),
    limits: withoutUndefined({
      maxEventBytes: eventBytes,
      maxRequestedLimit: requestLimit,
      addressableEventsPerMinute: rate,
    }),
    stated: eventBytes === undefined ? undefined : { maxEventBytes: 65_536 },
    rate: withoutUndefined({ per: given.ratePer, counting: given.rateLoose ? ('decay' as const) : undefined }),
  };
}

/** So that what was not given leaves the default in place. */
function withoutUndefined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
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

function parseKinds(text: string): readonly number[] {
  if (/^\d+(,\d+)*$/.test(text)) return text.split(',').map(Number);
  throw new InvalidArgumentError('Kinds are numbers with commas between them, as 30078,1059.');
}

function parseWindow(text: string): readonly [number, number] {
  const [, past, future] = /^(\d+),(\d+)$/.exec(text) ?? [];
  if (past !== undefined && future !== undefined) return [Number(past), Number(future)];
  throw new InvalidArgumentError('A window is two numbers of seconds, as 60,900.');
}

function parseWhole(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('This is to be a whole number.');
}
