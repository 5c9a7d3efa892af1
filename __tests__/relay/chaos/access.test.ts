import { generateSecretKey } from 'nostr-tools/pure';
import type { NostrEvent } from '../../../src/relay';
import { makeEvent, nowSeconds, pubkey } from '../support';
import type { Client } from '../support';
import { describeFaults } from './scene';
import type { Scene } from './scene';

const ours = { kinds: [30078], authors: [pubkey] };

/** One event behind the gate, and a client in front of it. */
async function atTheGate(scene: Scene): Promise<{ readonly client: Client; readonly stored: NostrEvent }> {
  const direct = await scene.connectDirectly();
  const stored = makeEvent({ created_at: nowSeconds() - 10 });
  await direct.publish(stored);
  scene.on();
  return { client: await scene.connect(), stored };
}

/** Answers with the time of the proxy's clock. */
async function answerNow(client: Client, scene: Scene, seconds = 0): Promise<readonly [boolean, string]> {
  return client.authenticate({ created_at: Math.floor(scene.clock.now() / 1000) + seconds });
}

async function publishMany(client: Client, count: number, secretKey?: Uint8Array): Promise<readonly string[]> {
  const answers: string[] = [];
  for (let n = 0; n < count; n += 1) {
    const [accepted, message] = await client.publish(makeEvent({ tags: [['d', `${n}`]] }, secretKey));
    answers.push(accepted ? 'stored' : message);
  }
  return answers;
}

const slowDown = 'rate-limited: slow down';

describeFaults(['access'], {
  'restricted-strfry': async (scene) => {
    const { client, stored } = await atTheGate(scene);
    expect(await client.ask('early', ours)).toEqual([
      'CLOSED',
      'early',
      'ERROR: auth-required: requested filter requires authentication',
    ]);
    await client.ask('once more', ours);
    expect(client.messages.map((m) => m[0])).toEqual(['AUTH', 'CLOSED', 'CLOSED']);
    expect(await answerNow(client, scene)).toEqual([true, 'successfully authenticated']);
    expect(await client.read('late', ours)).toEqual([stored]);
    expect(scene.relayReceived('AUTH')).toBe(0);
    const stranger = await scene.connect();
    await stranger.ask('early', ours);
    await stranger.authenticate({ secretKey: generateSecretKey() });
    expect(await stranger.read('late', ours)).toEqual([]);
  },
  'restricted-nostream': async (scene) => {
    const { client, stored } = await atTheGate(scene);
    await client.challenge();
    expect(await client.ask('early', ours)).toEqual([
      'CLOSED',
      'early',
      'auth-required: authentication is required to request these event kinds',
    ]);
    const event = makeEvent({ tags: [['d', 'own']] });
    const refusal = 'auth-required: authentication is required to publish events';
    expect(await client.publish(event)).toEqual([false, refusal]);
    expect(await answerNow(client, scene)).toEqual([true, '']);
    expect(await client.publish(event)).toEqual([true, '']);
    expect(await client.read('late', ours)).toEqual([event, stored]);
    expect(client.messages.filter((m) => m[0] === 'AUTH')).toHaveLength(1);
  },
  'restricted-in-silence': async (scene) => {
    const { client, stored } = await atTheGate(scene);
    await client.challenge();
    expect((await client.ask('early', ours))[0]).toBe('EOSE');
    expect(client.eventsOf('early')).toEqual([]);
    expect((await answerNow(client, scene))[0]).toBe(true);
    expect(await client.read('late', ours)).toEqual([stored]);
  },
  'auth-window-narrow': async (scene) => {
    const { client, stored } = await atTheGate(scene);
    await client.ask('early', ours);
    expect(await answerNow(client, scene, -6)).toEqual([false, 'error: ephemeral event expired']);
    expect(await answerNow(client, scene, 6)).toEqual([false, 'error: created_at too late']);
    expect((await answerNow(client, scene))[0]).toBe(true);
    expect(await client.read('late', ours)).toEqual([stored]);
  },
  'session-expires': async (scene) => {
    const { client, stored } = await atTheGate(scene);
    await answerNow(client, scene);
    expect(await client.read('early', ours)).toEqual([stored]);
    scene.clock.advance(30_000);
    expect((await client.ask('late', ours))[0]).toBe('CLOSED');
    expect(client.messages.filter((m) => m[0] === 'AUTH')).toHaveLength(1);
    expect(await answerNow(client, scene)).toEqual([true, '']);
    expect(await client.read('after all', ours)).toEqual([stored]);
  },
  silent: async (scene) => {
    const { client } = await atTheGate(scene);
    expect(await client.read('all', ours)).toEqual([]);
    expect(await client.publish(makeEvent({ tags: [['d', 'own']] }))).toEqual([true, '']);
    expect(await client.read('all', ours)).toEqual([]);
    expect(client.eventsOf('all')).toEqual([]);
    expect(scene.relay.events()).toHaveLength(2);
  },
  'rate-per-key': async (scene) => {
    scene.on({ perMinute: 2 });
    const other = generateSecretKey();
    expect(await publishMany(await scene.connect(), 3)).toEqual(['stored', 'stored', slowDown]);
    expect(await publishMany(await scene.connect(), 1)).toEqual([slowDown]);
    expect(await publishMany(await scene.connect(), 3, other)).toEqual(['stored', 'stored', slowDown]);
    scene.clock.advance(60_000);
    expect(await publishMany(await scene.connect(), 3, other)).toEqual(['stored', 'stored', slowDown]);
  },
  'rate-per-address': async (scene) => {
    scene.on({ perMinute: 3 });
    expect(await publishMany(await scene.connect(), 2)).toEqual(['stored', 'stored']);
    expect(await publishMany(await scene.connect(), 2, generateSecretKey())).toEqual(['stored', slowDown]);
  },
  'rate-loose': async (scene) => {
    scene.on({ perMinute: 4 });
    const client = await scene.connect();
    expect(await publishMany(client, 10)).toEqual([...Array(4).fill('stored'), ...Array(6).fill(slowDown)]);
    scene.clock.advance(60_000);
    // Ten in the last minute are five now, and this is the sixth.
    expect(await publishMany(client, 1)).toEqual([slowDown]);
    scene.clock.advance(120_000);
    expect(await publishMany(client, 1)).toEqual(['stored']);
  },
  'limit-refused': async (scene) => {
    scene.on();
    const client = await scene.connect();
    client.send('REQ', 'much', { ...ours, limit: 101 });
    expect(await client.next(() => true)).toEqual([
      'NOTICE',
      'Subscription rejected: Limit too high: Filter limit must be less than or equal to 100',
    ]);
    expect(await client.read('less', { ...ours, limit: 100 })).toEqual([]);
  },
  'notice-greeting': async (scene) => {
    scene.on();
    const client = await scene.connect();
    expect(await client.next(() => true)).toEqual(['NOTICE', 'Welcome! This relay is free, no payment required.']);
    expect(await client.read('all', ours)).toEqual([]);
  },
});
