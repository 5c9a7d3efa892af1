/**
 * One situation of two devices of a user on three relays: everything that one has written arrives on the other, or the status says what is wrong, and
 * nobody is told that everything is read while something is missing.
 */
import { ErrorCode } from '../../src/runtime/core/errors';
import { RelayState } from '../../src/runtime/core/status';
import type { SyncStatus } from '../../src/runtime/core/status';
import { startRelay } from '../../src/relay';
import type { RelayOptions, RunningRelay } from '../../src/relay';
import { allPairs } from './all-pairs';
import { Device, makeNotes, saysThatAllIsStored } from './engine-on-relays';
import type { Note } from './engine-on-relays';

const situations = {
  clockMinutes: [0, -20, -5, 5, 20],
  wrongClockOf: ['writer', 'reader'],
  reader: ['is new', 'returns', 'listens', 'is started again in the middle of its first read'],
  writer: ['stays', 'is started again in the middle of its first upload'],
} as const;

interface Situation {
  /** What the relays are like. */
  readonly relays: string;
  readonly clockMinutes: number;
  readonly wrongClockOf: 'writer' | 'reader';
  readonly reader: (typeof situations.reader)[number];
  readonly writer: (typeof situations.writer)[number];
}

export const situationTitle =
  '$relays: the clock of the $wrongClockOf is off by $clockMinutes min, the reader $reader, the writer $writer';

/** By what the relays are like, those of a list. */
export type KindsOfRelays = Readonly<Record<string, readonly RelayOptions[]>>;

export const situationsOn = (kinds: KindsOfRelays): readonly Situation[] =>
  allPairs({ relays: Object.keys(kinds), ...situations });

/** Relays of one kind serve all devices of a test file. */
export function createRelayPark(kinds: KindsOfRelays) {
  const relaysByKind = new Map<string, Promise<readonly RunningRelay[]>>();
  return {
    relaysOf(kind: string): Promise<readonly RunningRelay[]> {
      const relays = relaysByKind.get(kind) ?? Promise.all(kinds[kind]!.map((options) => startRelay(options)));
      relaysByKind.set(kind, relays);
      return relays;
    },
    async stop(): Promise<void> {
      const relays = (await Promise.all(relaysByKind.values())).flat();
      await Promise.all(relays.map((relay) => relay.stop()));
    },
  };
}

let users = 0;

export async function expectSync(situation: Situation, relays: readonly RunningRelay[]): Promise<void> {
  const devices: Device[] = [];
  try {
    await sync(
      situation,
      relays.map(({ url }) => url),
      devices,
    );
    for (const device of devices) await expectHonestStatus(device, situation);
  } finally {
    await Promise.all(devices.map((device) => device.stop()));
  }
  expect(devices.flatMap(({ falseClaims }) => falseClaims)).toEqual([]);
}

async function sync(situation: Situation, relays: readonly string[], devices: Device[]): Promise<void> {
  const identity = [`user-${(users += 1)}`, 'somebody'];
  const skewMs = (whose: string) => (situation.wrongClockOf === whose ? situation.clockMinutes * 60_000 : 0);
  const open = async (whose: string, expected: readonly Note[] = []) => {
    const device = await Device.open({ identity, relays, skewMs: skewMs(whose), expected });
    devices.push(device);
    return device;
  };
  // Three pages, and a delta.
  const notes = [...makeNotes('bulk', 16, 6_000), ...makeNotes('later', 1, 100)];
  const [bulk, later] = [notes.slice(0, -1), notes.slice(-1)];

  const isBefore = situation.reader === 'returns' || situation.reader === 'listens';
  let reader = isBefore ? await open('reader') : undefined;
  await reader?.engine.synced();
  if (situation.reader === 'returns') await reader?.stop();

  const writer = await open('writer');
  if (situation.writer !== 'stays') {
    const cut = writer.cutAtFrame(/^\["EVENT",\{.{10000}/);
    await writer.write(bulk);
    await cut;
    await writer.stop();
    await writer.start();
  } else await writer.write(bulk);
  await writer.write(later);
  await writer.untilStored();

  if (situation.reader === 'returns') await reader?.start(notes);
  reader ??= await open('reader', notes);
  if (situation.reader === 'is started again in the middle of its first read') {
    await reader.cutAtFrame(/^\["EVENT","/);
    await reader.stop();
    await reader.start(notes);
  }
  await reader.untilShows(notes);
  await reader.until(saysThatAllIsStored);
}

async function expectHonestStatus(device: Device, situation: Situation): Promise<void> {
  const isTold = ({ problems, relays }: SyncStatus): boolean =>
    problems.some(({ code }) => code === ErrorCode.ClockWrong) ||
    // Where most relays take the time as it is, it may be the others whose clock is wrong: their words are told, and no more.
    (situation.relays === 'open' && relays.some(({ lastRefusal }) => isForTime(lastRefusal ?? '')));
  // One whose clock is right may be refused what another has dated.
  if (device.isClockWrong && device.refusals.some(isForTime)) await device.until(isTold);
  const { problems, relays } = device.engine.status;
  if (!device.isClockWrong) expect(problems).toEqual([]);
  expect(relays.map(({ state }) => state)).not.toContain(RelayState.Demoted);
}

/** In the words of strfry, nostream and khatru. */
const isForTime = (reason: string): boolean => /created_at|expired/.test(reason);
