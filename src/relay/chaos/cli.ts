#!/usr/bin/env node
/**
 * `npm run chaos`: puts faults between a client and a relay, by hand, until Ctrl-C.
 */
import { Command, InvalidArgumentError } from 'commander';
import { KitError } from '../../preset/kit-error';
import { faults, startChaosProxy } from './index';
import type { FaultSettings } from './index';

interface Arguments {
  readonly target: string;
  readonly fault: readonly string[];
  readonly set: { readonly [setting: string]: number };
  readonly port: number;
  readonly origin?: readonly string[];
  readonly secretKey?: Uint8Array;
  readonly sealKey?: Uint8Array;
  readonly list?: boolean;
}

const program = new Command('chaos')
  .description(
    'A proxy that misbehaves in front of a relay. Point the client at the address that it prints. Stops on Ctrl-C.',
  )
  .option('-f, --fault <name...>', 'faults to inject; see --list', [])
  .option('-t, --target <url>', 'the relay', parseTarget, 'ws://127.0.0.1:7777')
  .option(
    '-s, --set <setting=number>',
    'a setting of the faults, as probability=0.3 or ms=500; may be repeated',
    parseSetting,
    {},
  )
  .option('-p, --port <number>', 'port of the proxy', parsePort, 7700)
  .option('--origin <origin...>', "origins of web pages to let in beside those of this machine; '*' lets all in")
  .option('--secret-key <hex>', "the user's secret key, for the faults that forge the user's events", parseKey)
  .option('--seal-key <hex>', "the user's seal key, for a bomb that opens", parseKey)
  .option('-l, --list', 'list all faults and end');

void run(program.parse().opts<Arguments>());

async function run({ target, fault, set, port, origin, secretKey, sealKey, list }: Arguments): Promise<void> {
  if (list) return printFaults();
  try {
    const proxy = await startChaosProxy({
      target,
      port,
      origins: origin,
      secretKey,
      sealKey,
      faults: settingsByFault(fault, set),
    });
    console.log(`${proxy.url} -> ${target}: ${fault.length > 0 ? fault.join(', ') : 'no fault; see --list'}`);
    const stop = () => {
      for (const [name, count] of Object.entries(proxy.switchboard.counts()))
        console.log(`${name} fired ${count} times`);
      void proxy.stop().then(() => process.exit(0));
    };
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  } catch (error) {
    if (!(error instanceof KitError)) throw error;
    console.error(`${error.code}: ${error.message}`);
    process.exitCode = 1;
  }
}

/** A setting goes to every fault that has it; one that none has is left in, so that it is refused by name. */
function settingsByFault(names: readonly string[], set: Arguments['set']): { readonly [name: string]: FaultSettings } {
  const isKnown = (setting: string) =>
    setting === 'probability' || faults.some((f) => names.includes(f.name) && setting in f.settings);
  return Object.fromEntries(
    names.map((name) => {
      const own = faults.find((f) => f.name === name)?.settings ?? {};
      return [
        name,
        Object.fromEntries(Object.entries(set).filter(([s]) => s === 'probability' || s in own || !isKnown(s))),
      ];
    }),
  );
}

function printFaults(): void {
  for (const { name, section, sentence, holds, settings } of faults) {
    const defaults = Object.entries(settings).map(([setting, value]) => `${setting}=${value}`);
    console.log(
      [
        `${name} (${section})`,
        `    ${sentence}`,
        ...(holds ? [`    Must hold: ${holds}`] : []),
        ...(defaults.length > 0 ? [`    ${defaults.join(' ')}`] : []),
      ].join('\n'),
    );
  }
}

function parseTarget(text: string): string {
  if (/^wss?:\/\/[^/]/.test(text) && URL.canParse(text)) return text;
  throw new InvalidArgumentError('A relay is a ws:// or wss:// address.');
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a whole number from 0 to 65535.');
}

function parseSetting(text: string, earlier: Arguments['set']): Arguments['set'] {
  const [, setting, value] = /^(\w+)=(-?[\d.]+)$/.exec(text) ?? [];
  if (setting === undefined || !Number.isFinite(Number(value)))
    throw new InvalidArgumentError('A setting is a name, = and a number.');
  return { ...earlier, [setting]: Number(value) };
}

function parseKey(text: string): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new InvalidArgumentError('A secret key is 64 hex digits.');
  return Buffer.from(text, 'hex');
}
