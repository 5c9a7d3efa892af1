/** A list of relays that the operator of an app changes without a release. */
import configJson from '../../../src/lib/config.json';
import { readConfig } from '../../../src/runtime/core/config';
import { listAfter, readServedList, withServedList } from '../../../src/runtime/core/config/served-list';
import type { ServedList } from '../../../src/runtime/core/config/served-list';
import type { SyncProblem } from '../../../src/runtime/core/errors';
import { temporaryInstallation } from '../../../src/runtime/persistence/installation';
import type { FetchTextInit } from '../../../src/runtime/relay/nip11';
import { createRelayList } from '../../../src/runtime/worker/relay-list';
import { OwnedClock } from '../../support/owned-clock';

const DAY_MS = 86_400_000;
const urls = (...names: readonly string[]) => names.map((name) => `wss://${name}.example`);
const [first, second] = [urls('a', 'b', 'c'), urls('c', 'd', 'e')];
const config = readConfig({ ...configJson, relays: urls('x', 'y', 'z'), relaysUrl: '/relays.json' });

const bodyOf = (text: string) => new Response(text).body!;
const served = (relays: unknown) => ({ ok: true, body: bodyOf(JSON.stringify({ relays })) });

async function createScene({ known, isInBrowser = true }: { known?: ServedList; isInBrowser?: boolean } = {}) {
  const clock = new OwnedClock();
  const installation = await temporaryInstallation();
  if (known) await installation.updateServedList(() => known);
  const asked: (readonly [url: string, init: FetchTextInit])[] = [];
  const changes: ServedList[] = [];
  const problems: (SyncProblem | undefined)[] = [];
  const scene = {
    answer: (): Promise<{ ok: boolean; body: ReadableStream<Uint8Array> | null }> => Promise.resolve(served(first)),
  };
  const list = createRelayList({
    ...{ config, installation, known },
    environment: {
      clock,
      origin: isInBrowser ? 'https://app.example' : undefined,
      fetchText(url, init) {
        asked.push([url, init]);
        return scene.answer();
      },
    },
    onChanged: (now) => changes.push(now),
    onProblem: (problem) => problems.push(problem),
  });
  const settle = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  return {
    ...{ clock, installation, asked, changes, problems, list },
    answers(answer: typeof scene.answer) {
      scene.answer = answer;
    },
    async start() {
      list.start();
      await settle();
    },
    async nextDay() {
      await clock.advance(DAY_MS);
      await settle();
    },
  };
}

test('is fetched from the app’s own origin, with nothing of the user, and kept', async () => {
  const { asked, changes, problems, installation, start, list } = await createScene();
  await start();
  expect(asked).toHaveLength(1);
  expect(asked[0]).toMatchObject([
    'https://app.example/relays.json',
    { redirect: 'error', credentials: 'omit', referrerPolicy: 'no-referrer', cache: 'no-store' },
  ]);
  expect(changes).toEqual([{ relays: first, former: [] }]);
  expect(problems).toEqual([undefined]);
  expect(await installation.readServedList()).toEqual({ relays: first, former: [] });
  list.stop();
});

test('is fetched again every day, and says so only when it is another', async () => {
  const scene = await createScene({ known: { relays: first, former: [] } });
  await scene.start();
  await scene.nextDay();
  expect(scene.asked).toHaveLength(2);
  expect(scene.changes).toEqual([]);
  scene.answers(async () => served(second));
  await scene.nextDay();
  expect(scene.changes).toEqual([{ relays: second, former: urls('a', 'b') }]);
  scene.list.stop();
  await scene.nextDay();
  expect(scene.asked).toHaveLength(3);
});

test('is not asked for outside a browser', async () => {
  const { asked, start, nextDay } = await createScene({ isInBrowser: false });
  await start();
  await nextDay();
  expect(asked).toEqual([]);
});

test.each<[string, () => Promise<{ ok: boolean; body: ReadableStream<Uint8Array> | null }>, string]>([
  ['is missing', async () => ({ ok: false, body: null }), 'no list'],
  ['is the page of the site', async () => ({ ok: true, body: bodyOf('<!doctype html>') }), 'no list'],
  ['is longer than any list', async () => ({ ok: true, body: bodyOf(' '.repeat(70_000)) }), 'no list'],
  ['is no object', async () => ({ ok: true, body: bodyOf('[]') }), 'no object'],
  ['names two relays', async () => served(first.slice(1)), 'at least 3'],
  ['names a relay twice', async () => served([...first, first[0]]), 'twice'],
  ['names a relay that is not encrypted', async () => served([...first, 'ws://relay.example']), 'not encrypted'],
  ['says more', async () => ({ ok: true, body: bodyOf(JSON.stringify({ relays: first, more: 1 })) }), 'unknown key'],
])('a file that %s is said, and the last good list kept', async (_what, answer, words) => {
  const known = { relays: second, former: urls('a') };
  const { answers, changes, problems, installation, start, list, nextDay } = await createScene({ known });
  answers(answer);
  await start();
  expect(changes).toEqual([]);
  expect(problems).toEqual([{ code: 'CONFIG_INVALID', message: expect.stringContaining(words) }]);
  expect(problems[0]!.message).toContain('/relays.json');
  expect(await installation.readServedList()).toEqual(known);
  answers(async () => served(second));
  await nextDay();
  expect(problems.at(-1)).toBeUndefined();
  list.stop();
});

test('a device that is offline is told nothing', async () => {
  const { answers, changes, problems, start, list } = await createScene();
  answers(() => Promise.reject(new TypeError('Failed to fetch')));
  await start();
  expect([changes, problems]).toEqual([[], []]);
  list.stop();
});

test('a list that came by another tab is taken from there', async () => {
  const { installation, changes, start, list } = await createScene({ known: { relays: second, former: urls('q') } });
  await installation.updateServedList(() => ({ relays: first, former: urls('d', 'e', 'q') }));
  await start();
  expect(changes).toEqual([{ relays: first, former: urls('d', 'e', 'q') }]);
  list.stop();
});

describe('the list that is used', () => {
  test('is that of config.json until the file was seen', () => {
    expect(withServedList(config, undefined)).toBe(config);
  });

  test('counts what config.json names as former, because a device that has not seen the file uses it', () => {
    const json = { ...configJson, relays: urls('x', 'y', 'a'), formerRelays: urls('f'), relaysUrl: '/relays.json' };
    const used = withServedList(readConfig(json), { relays: first, former: urls('d', 'f') });
    expect(used).toMatchObject({ relays: first, formerRelays: urls('x', 'y', 'f', 'd') });
  });

  test('is that of config.json where that names no file any more', () => {
    const without = readConfig({ ...configJson, relays: urls('x', 'y', 'z') });
    expect(withServedList(without, { relays: first, former: [] })).toBe(without);
  });

  test('has what left it as former, as many as are followed, and none that is in it', () => {
    const many = Array.from({ length: 30 }, (_, index) => `wss://${index}.example`);
    const known = listAfter({ relays: first, former: many }, second);
    expect(known.former.slice(0, 3)).toEqual(urls('a', 'b', '0'));
    expect(known.former).toHaveLength(24);
    expect(listAfter(known, second)).toBe(known);
  });

  test('is compared under one spelling', () => {
    expect(
      readServedList({ relays: ['wss://A.example/', 'wss://b.example:443', 'wss://c.example'] }, '/r.json'),
    ).toEqual(first);
  });
});
