/** Relays that die one after another, as processes do, while two devices are being used. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from 'playwright-core';
import type { Item } from '../../bench/app/schema';
import { setStage } from '../../bench/support/stage';
import type { Stage } from '../../bench/support/stage';
import type { NostrEvent } from '../../src/relay';
import { Client } from '../relay/support';
import { openEngine, patch, until, untilDurable } from './support';

const PROGRAM = resolve(__dirname, '../../dist/relay/cli.js');
const EDITING_MS = 60_000;
/** Long enough to be missed, and short enough that each relay dies several times. */
const DEAD_MS = 3_000;
const ALIVE_MS = 2_000;
const HEALING_MS = 90_000;
jest.setTimeout(EDITING_MS + 3 * HEALING_MS);

/** A relay in a process of its own, which can be killed. */
interface Relay {
  readonly url: string;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

let folder: string;
let stage: Stage;
let relays: readonly Relay[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zero-backend-sync-mortal-'));
  stage = await setStage();
  relays = await Promise.all([0, 1, 2].map((index) => startMortalRelay(join(folder, `${index}.jsonl`))));
});

afterAll(async () => {
  await stage?.close();
  await Promise.all((relays ?? []).map((relay) => relay.kill()));
  await rm(folder, { recursive: true, force: true });
});

test('nothing is lost while relays are killed and restarted one after another during 60 s of edits on both devices', async () => {
  const troubles: string[] = [];
  const [a, b] = [await openDevice(troubles), await openDevice(troubles)];
  const ends = Date.now() + EDITING_MS;
  const [ofA, ofB, deaths] = await Promise.all([edit(a, 'a', ends), edit(b, 'b', ends), killInTurns(ends)]);
  const wanted = { ...ofA, ...ofB };
  expect(Object.keys(ofA).length).toBeGreaterThan(100);
  expect(Object.keys(ofB).length).toBeGreaterThan(100);
  expect(Math.min(...deaths)).toBeGreaterThanOrEqual(2);

  for (const page of [a, b]) expect(await untilAllThere(page, wanted)).toEqual([]);
  expect(await contents(a)).toEqual(await contents(b));
  for (const page of [a, b]) await untilDurable(page);

  const fresh = await openDevice(troubles);
  expect(await untilAllThere(fresh, wanted)).toEqual([]);
  expect(await contents(fresh)).toEqual(await contents(a));
  const lacking = await until(lackedHeads, (counts) => counts.every((count) => count === 0), HEALING_MS);
  expect(lacking).toEqual([0, 0, 0]);
  expect(troubles).toEqual([]);
});

async function openDevice(troubles: string[]): Promise<Page> {
  const { page } = await stage.openDevice({ identity: 'mourner', relays: relays.map(({ url }) => url) });
  page.on('pageerror', ({ message }) => troubles.push(message));
  await openEngine(page);
  return page;
}

/** Edits until `ends`: notes of this device's own, again and again, and one that both share. Resolves with what was acknowledged last. */
async function edit(page: Page, device: string, ends: number): Promise<Record<string, string>> {
  const acknowledged: Record<string, string> = {};
  for (let count = 0; Date.now() < ends; count++) {
    // Every other edit is of a note that is there already.
    const id = `${device}-${count % 2 ? count : count % 20}`;
    await patch(page, id, { title: `edit ${count}`, order: count });
    acknowledged[id] = `edit ${count}`;
    if (count % 5 === 0) await patch(page, 'shared', { title: `by ${device}, ${count}`, order: count });
    await pass(100);
  }
  return acknowledged;
}

/** One relay is dead at a time. Resolves with how often each died. */
async function killInTurns(ends: number): Promise<readonly number[]> {
  const deaths = relays.map(() => 0);
  for (let turn = 0; Date.now() < ends; turn++) {
    const index = turn % relays.length;
    await relays[index]!.kill();
    deaths[index]! += 1;
    await pass(DEAD_MS);
    await relays[index]!.restart();
    await pass(ALIVE_MS);
  }
  return deaths;
}

/** Resolves with the ids that never came to be what they should. */
async function untilAllThere(page: Page, wanted: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const missing = async () => {
    const titles = new Map((await contents(page)).map(({ id, title }) => [id, title]));
    return Object.entries(wanted).flatMap(([id, title]) => (titles.get(id) === title ? [] : [id]));
  };
  return until(missing, (ids) => ids.length === 0, HEALING_MS);
}

const contents = (page: Page): Promise<readonly Item[]> =>
  page.evaluate(async () => {
    const items = (await window.engine.db.items.find().exec()) as unknown as { toJSON(): Item }[];
    return items.map((item) => item.toJSON()).sort((one, other) => (one.id < other.id ? -1 : 1));
  });

/** How many addresses each relay holds in an older version than some other relay, or not at all. */
async function lackedHeads(): Promise<readonly number[]> {
  const stored = await Promise.all(relays.map(({ url }) => readAll(url)));
  const newest = new Map<string, NostrEvent>();
  for (const event of stored.flat()) {
    const known = newest.get(addressOf(event));
    if (!known || known.created_at < event.created_at) newest.set(addressOf(event), event);
  }
  return stored.map((events) => {
    const ids = new Set(events.map(({ id }) => id));
    return [...newest.values()].filter(({ id }) => !ids.has(id)).length;
  });
}

const addressOf = ({ tags }: NostrEvent): string => String(tags[0]?.[1]);

async function readAll(url: string): Promise<readonly NostrEvent[]> {
  const client = await Client.connect(url);
  try {
    return await client.read('all', { kinds: [30078], limit: 500 });
  } finally {
    client.close();
  }
}

async function startMortalRelay(file: string): Promise<Relay> {
  let child: ChildProcess;
  const launch = async (port: string): Promise<string> => {
    child = spawn(process.execPath, [PROGRAM, '--port', port, '--file', file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // The first line tells the URL once the relay listens.
    const [line] = (await once(child.stdout!, 'data')) as [Buffer];
    return String(line).split(' ')[0]!;
  };
  const url = await launch('0');
  return {
    url,
    async kill() {
      const exit = once(child, 'exit');
      if (child.kill('SIGKILL')) await exit;
    },
    async restart() {
      await launch(new URL(url).port);
    },
  };
}

const pass = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
