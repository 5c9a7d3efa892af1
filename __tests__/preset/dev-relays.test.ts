import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { finalizeEvent, generateSecretKey } from 'nostr-tools/pure';
import WebSocket from 'ws';
import { createDevRelays } from '../../src/preset/dev-relays';
import type { DevRelays } from '../../src/preset/dev-relays';

describe('development relays', () => {
  let folder: string;
  let warnings: string[];
  let started: DevRelays[];
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'zbs-relays-'));
    warnings = [];
    started = [];
  });
  afterEach(async () => {
    for (const relays of started) await relays.stop();
    rmSync(folder, { recursive: true });
  });

  const create = (count = 3) => {
    const relays = createDevRelays({ count, folder, warn: (message) => warnings.push(message) });
    started.push(relays);
    return relays;
  };

  test('listen on loopback, once however often they are started', async () => {
    const relays = create();
    const [first, second] = await Promise.all([relays.start(), relays.start()]);
    expect(first).toEqual(second);
    expect(new Set(first).size).toBe(3);
    for (const url of first) expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
  });

  test('keep their addresses and events from one start to the next', async () => {
    const before = create();
    const urls = await before.start();
    const event = await publish(urls[0]!);
    await before.stop();

    const after = create();
    expect(await after.start()).toEqual(urls);
    expect(await after.events(0, 10)).toEqual([event]);
    expect(await after.list()).toEqual([
      { index: 0, url: urls[0], on: true, events: 1 },
      { index: 1, url: urls[1], on: true, events: 0 },
      { index: 2, url: urls[2], on: true, events: 0 },
    ]);
  });

  test('take another port where theirs is taken', async () => {
    const before = create();
    const [url] = await before.start();
    await before.stop();
    const taker = createServer().listen(Number(new URL(url!).port), '127.0.0.1');
    await once(taker, 'listening');

    const [moved] = await create().start();
    expect(moved).not.toBe(url);
    taker.close();
  });

  test('are switched off and on at the same address', async () => {
    const relays = create();
    const [url] = await relays.start();
    expect(await relays.setOn(0, false)).toEqual({ index: 0, url, on: false, events: 0 });
    await expect(publish(url!)).rejects.toThrow('ECONNREFUSED');
    expect(await relays.setOn(0, true)).toEqual({ index: 0, url, on: true, events: 0 });
    await publish(url!);
    expect(await relays.events(0, 10)).toHaveLength(1);
    expect(await relays.setOn(3, false)).toBeUndefined();
    expect(await relays.events(3, 10)).toBeUndefined();
  });

  test('one is added, which no app is told of, up to eight in all', async () => {
    const relays = create();
    const urls = await relays.start();
    const added = await relays.add();
    expect(added).toMatchObject({ index: 3, on: true, events: 0, added: true });
    await publish(added!.url);
    expect(await relays.list()).toHaveLength(4);
    expect((await relays.list())[3]).toEqual({ ...added, events: 1 });
    expect(await relays.start()).toEqual(urls);
    for (let count = 4; count < 8; count++) expect(await relays.add()).toBeDefined();
    expect(await relays.add()).toBeUndefined();
    await relays.stop();
    expect(await relays.list()).toHaveLength(3);
  });

  test('one that is killed forgets everything and does not come back', async () => {
    const relays = create();
    const [url] = await relays.start();
    await publish(url!);
    const killed = { index: 0, url, on: false, events: 0, killed: true };
    expect(await relays.kill(0)).toEqual(killed);
    expect(await relays.kill(0)).toEqual(killed);
    expect(await relays.setOn(0, true)).toEqual(killed);
    expect(await relays.events(0, 10)).toEqual([]);
    await expect(publish(url!)).rejects.toThrow('ECONNREFUSED');
    expect((await relays.list()).map(({ killed: isKilled = false }) => isKilled)).toEqual([true, false, false]);
    expect(await relays.kill(3)).toBeUndefined();
  });

  test('show what they store, newest first and no more than asked for', async () => {
    const relays = create();
    const [url] = await relays.start();
    const first = await publish(url!);
    const second = await publish(url!);
    const third = await publish(url!);
    expect(await relays.events(0, 10)).toEqual([third, second, first]);
    expect(await relays.events(0, 2)).toEqual([third, second]);
  });

  test('of a second start of the same app keep nothing, and say so', async () => {
    const first = create();
    const urls = await first.start();
    const second = create();
    const others = await second.start();
    expect(others.filter((url) => urls.includes(url))).toEqual([]);
    expect(warnings).toHaveLength(3);
    expect(warnings[0]).toContain('keeps nothing');
    await Promise.all([first.stop(), second.stop()]);
    expect(await create().start()).toEqual(urls);
  });

  test('stop when they were never started', async () => {
    await expect(create().stop()).resolves.toBeUndefined();
  });
});

async function publish(url: string): Promise<unknown> {
  const event = finalizeEvent(
    { kind: 1, created_at: Math.floor(Date.now() / 1000), tags: [], content: '' },
    generateSecretKey(),
  );
  const socket = new WebSocket(url);
  await once(socket, 'open');
  socket.send(JSON.stringify(['EVENT', event]));
  const [answer] = (await once(socket, 'message')) as [Buffer];
  expect(JSON.parse(answer.toString())).toEqual(['OK', event.id, true, expect.anything()]);
  socket.close();
  return JSON.parse(JSON.stringify(event)) as unknown;
}
