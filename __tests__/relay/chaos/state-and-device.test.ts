import { eventually, makeEvent, nowSeconds } from '../support';
import type { NostrEvent } from '../../../src/relay';
import { describeFaults, otherTraffic, untilFired } from './scene';
import type { Scene } from './scene';

const all = { kinds: [30078] };

function versions(count: number): readonly NostrEvent[] {
  const at = nowSeconds() - 10;
  return Array.from({ length: count }, (_, n) => makeEvent({ created_at: at + n, content: String(n) }));
}

/** Publishes with the device's clock, and returns the relay's answer. */
async function publishByDeviceClock(scene: Scene, isAhead: number): Promise<readonly [boolean, string]> {
  const client = await scene.connect();
  scene.on();
  const deviceMs = scene.proxy.deviceClock.now();
  expect(deviceMs - scene.clock.now()).toBe(isAhead);
  return client.publish(makeEvent({ created_at: Math.floor(deviceMs / 1000) }));
}

describeFaults(['state'], {
  'relay-wiped': async (scene) => {
    const client = await scene.connect();
    const [event] = versions(1);
    await client.publish(event!);
    scene.on();
    expect(await client.read('gone', all)).toEqual([]);
    scene.clock.advance(1);
    expect(await client.publish(event!)).toEqual([true, expect.stringMatching(/^duplicate: /)]);
    expect(await client.read('again', all)).toEqual([event]);
  },
  'relay-rolled-back': async (scene) => {
    const client = await scene.connect();
    const [oldest, older, head, next] = versions(4);
    for (const event of [oldest!, older!, head!]) await client.publish(event);
    scene.on();
    expect(await client.read('backup', all)).toEqual([oldest]);
    scene.clock.advance(1);
    await client.publish(next!);
    expect(await client.read('anew', all)).toEqual([next]);
  },
  'attacker-deletes': async (scene) => {
    const client = await scene.connect();
    const [event] = versions(1);
    await client.publish(event!);
    scene.on();
    expect(await client.read('first', all)).toEqual([event]);
    await eventually(() => scene.relay.events().every(({ kind }) => kind === 5), 'the deletion');
    expect(await client.read('second', all)).toEqual([]);
    expect(client.messages.filter((m) => m[0] === 'OK')).toHaveLength(1);
    expect((await client.publish(event!))[0]).toBe(false);
  },
  'attacker-vanishes': async (scene) => {
    const client = await scene.connect();
    const [event] = versions(1);
    const another = makeEvent({ created_at: event!.created_at, tags: [['d', 'another']] });
    for (const each of [event!, another]) await client.publish(each);
    scene.on();
    expect(await client.read('first', { '#d': ['slot'] })).toEqual([event]);
    await eventually(() => scene.relay.events().every(({ kind }) => kind === 62), 'the request to vanish');
    expect(await client.read('second', all)).toEqual([]);
  },
  expiry: async (scene) => {
    scene.on({ seconds: 60 });
    const client = await scene.connect();
    const [event] = versions(1);
    await client.publish(event!);
    expect(await client.read('fresh', all)).toEqual([event]);
    scene.clock.advance(60_000);
    expect(await client.read('expired', all)).toEqual([]);
  },
  retention: async (scene) => {
    const day = 86_400;
    scene.on({ days: 30 });
    const client = await scene.connect();
    const recent = makeEvent({ created_at: nowSeconds() - 29 * day, tags: [['d', 'recent']] });
    const old = makeEvent({ created_at: nowSeconds() - 31 * day, tags: [['d', 'old']] });
    for (const event of [recent, old]) await client.publish(event);
    expect(await client.read('page', all)).toEqual([recent]);
  },
});

describeFaults(['clock'], {
  'clock-2-min-slow': async (scene) => {
    expect(await publishByDeviceClock(scene, -120_000)).toEqual([true, '']);
  },
  'clock-5-min-fast': async (scene) => {
    expect(await publishByDeviceClock(scene, 300_000)).toEqual([true, '']);
  },
  'clock-20-min-fast': async (scene) => {
    expect(await publishByDeviceClock(scene, 1_200_000)).toEqual([false, 'invalid: created_at too late']);
  },
  'clock-2-h-slow': async (scene) => {
    expect(await publishByDeviceClock(scene, -7_200_000)).toEqual([true, '']);
  },
  'clock-jumps-back': async (scene) => {
    for (const time of [1, 2]) {
      scene.on({ ms: 600_000 * time });
      const before = scene.proxy.deviceClock.now();
      expect(before).toBe(scene.clock.now());
      scene.clock.advance(1_000);
      expect(scene.proxy.deviceClock.now()).toBe(before + 1_000 - 600_000 * time);
    }
  },
});

describeFaults(['client'], {
  'client-dies-before-publish': async (scene) => {
    const client = await scene.connect();
    scene.on();
    client.send('EVENT', makeEvent());
    await client.closed();
    await otherTraffic(scene);
    expect(scene.relay.events()).toEqual([]);
    expect(client.received).toEqual([]);
  },
  'client-dies-before-ack': async (scene) => {
    const client = await scene.connect();
    scene.on();
    const event = makeEvent();
    client.send('EVENT', event);
    await client.closed();
    await untilFired(scene);
    expect(scene.relay.events()).toEqual([event]);
    expect(client.received).toEqual([]);
  },
});
