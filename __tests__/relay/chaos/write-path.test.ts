import { makeEvent, nowSeconds } from '../support';
import type { Client } from '../support';
import { describeFaults, otherTraffic, untilFired } from './scene';
import type { Scene } from './scene';

/** The answer to a publish under the fault; checks whether the relay has the event. */
async function publish(scene: Scene, isStored: boolean): Promise<readonly [boolean, string]> {
  scene.on();
  const client = await scene.connect();
  const event = makeEvent();
  const answer = await client.publish(event);
  expect(scene.relay.events()).toEqual(isStored ? [event] : []);
  return answer;
}

const answerTo = (challenge: unknown) =>
  makeEvent({
    kind: 22242,
    tags: [
      ['relay', 'wss://relay.test'],
      ['challenge', String(challenge)],
    ],
  });

/** Publishes, authenticates as the relay asks, and publishes again. */
async function publishTwice(
  scene: Scene,
  order: readonly [string, string],
): Promise<readonly [Client, boolean, boolean, string]> {
  scene.on();
  const client = await scene.connect();
  const event = makeEvent();
  expect(await client.publish(event)).toEqual([false, expect.stringMatching(/^auth-required: /)]);
  const [, challenge] = await client.next((m) => m[0] === 'AUTH');
  expect(client.messages.map((m) => m[0])).toEqual(order);
  expect(scene.relay.events()).toEqual([]);
  const answer = answerTo(challenge);
  client.send('AUTH', answer);
  const [, , isAuthenticated] = await client.next((m) => m[0] === 'OK' && m[1] === answer.id);
  const [accepted, message] = await client.publish(event);
  expect(scene.relayReceived('AUTH')).toBe(0);
  return [client, isAuthenticated as boolean, accepted, message];
}

describeFaults(['write path'], {
  'ok-false': async (scene) => {
    scene.on();
    const client = await scene.connect();
    const prefixes = new Set<string>();
    for (let n = 0; n < 14; n += 1) {
      const [accepted, message] = await client.publish(makeEvent({ content: String(n) }));
      expect(accepted).toBe(false);
      prefixes.add(message.split(':')[0]!);
    }
    expect([...prefixes]).toEqual(
      expect.arrayContaining([
        'duplicate',
        'pow',
        'blocked',
        'rate-limited',
        'invalid',
        'restricted',
        'mute',
        'error',
        'auth-required',
      ]),
    );
    expect(prefixes.size).toBe(14);
    expect(scene.relay.events()).toEqual([]);
  },
  'ok-never': async (scene) => {
    scene.on();
    const client = await scene.connect();
    const event = makeEvent();
    client.send('EVENT', event);
    await client.settle();
    expect(client.messages.map((m) => m[0])).toEqual(['EOSE']);
    expect(scene.relay.events()).toEqual([event]);
  },
  'ok-late': async (scene) => {
    scene.on({ ms: 20_000 });
    const client = await scene.connect();
    const event = makeEvent();
    client.send('EVENT', event);
    await client.settle();
    scene.clock.advance(19_999);
    await client.settle();
    expect(client.messages.filter((m) => m[0] === 'OK')).toEqual([]);
    scene.clock.advance(1);
    expect(await client.next((m) => m[0] === 'OK')).toEqual(['OK', event.id, true, '']);
  },
  'ok-not-stored': async (scene) => {
    expect(await publish(scene, false)).toEqual([true, '']);
  },
  'ok-duplicate-not-stored': async (scene) => {
    expect(await publish(scene, false)).toEqual([true, expect.stringMatching(/^duplicate: /)]);
  },
  'ok-replaced': async (scene) => {
    expect(await publish(scene, false)).toEqual([false, expect.stringMatching(/^replaced: /)]);
  },
  'ok-wrong-id': async (scene) => {
    scene.on();
    const client = await scene.connect();
    const event = makeEvent();
    client.send('EVENT', event);
    const [, id, accepted] = await client.next((m) => m[0] === 'OK');
    expect(accepted).toBe(true);
    expect(id).not.toBe(event.id);
    expect(scene.relay.events()).toEqual([event]);
  },
  'ok-then-crash': async (scene) => {
    scene.on();
    const client = await scene.connect();
    const event = makeEvent();
    client.send('EVENT', event);
    await client.closed();
    expect(client.closeCode).toBe(1006);
    expect(client.messages).toEqual([['OK', event.id, true, '']]);
    await otherTraffic(scene);
    expect(scene.relay.events()).toEqual([]);
  },
  'ok-out-of-order': async (scene) => {
    scene.on({ ms: 1_000 });
    const client = await scene.connect();
    const events = [1, 2, 3].map((n) => makeEvent({ kind: 1, content: String(n) }));
    for (const event of events) client.send('EVENT', event);
    await untilFired(scene, 3);
    await client.settle();
    const answered = () =>
      client.messages.filter((m) => m[0] === 'OK').map((m) => events.findIndex(({ id }) => id === m[1]));
    expect(answered()).toEqual([1, 0]);
    scene.clock.advance(1_000);
    await client.settle();
    expect(answered()).toEqual([1, 0, 2]);
  },
  'rate-limit': async (scene) => {
    scene.on({ events: 4 });
    const client = await scene.connect();
    const burst = async () => {
      const answers: boolean[] = [];
      for (let n = 0; n < 5; n += 1) {
        const [accepted, message] = await client.publish(makeEvent({ kind: 1, content: `${n} ${scene.clock.now()}` }));
        answers.push(accepted);
        if (!accepted) expect(message).toMatch(/^rate-limited: /);
      }
      return answers;
    };
    expect(await burst()).toEqual([true, true, true, true, false]);
    scene.clock.advance(60_000);
    expect(await burst()).toEqual([true, true, true, true, false]);
    expect(scene.relay.events()).toHaveLength(8);
  },
  'pow-28-bits': async (scene) => {
    expect(await publish(scene, false)).toEqual([false, expect.stringMatching(/^pow: 28 bits needed/)]);
  },
  'auth-required-before-challenge': async (scene) => {
    const [, isAuthenticated, accepted] = await publishTwice(scene, ['OK', 'AUTH']);
    expect([isAuthenticated, accepted]).toEqual([true, true]);
    expect(scene.relay.events()).toHaveLength(1);
  },
  'auth-required-after-challenge': async (scene) => {
    const [, isAuthenticated, accepted] = await publishTwice(scene, ['AUTH', 'OK']);
    expect([isAuthenticated, accepted]).toEqual([true, true]);
    expect(scene.relay.events()).toHaveLength(1);
  },
  'auth-refused': async (scene) => {
    const [, isAuthenticated, accepted] = await publishTwice(scene, ['OK', 'AUTH']);
    expect([isAuthenticated, accepted]).toEqual([false, false]);
    expect(scene.relay.events()).toEqual([]);
  },
  'kind-not-allowed': async (scene) => {
    expect(await publish(scene, false)).toEqual([false, 'blocked: kind 30078 is not allowed']);
  },
  'size-limit-below-nip-11': async (scene) => {
    scene.on({ bytes: 1_000 });
    const client = await scene.connect();
    const information = await fetch(scene.proxy.url.replace('ws:', 'http:'), {
      headers: { accept: 'application/nostr+json' },
    });
    expect(await information.json()).toMatchObject({ limitation: { max_content_length: 65_536 } });
    const small = makeEvent({ created_at: nowSeconds() - 1 });
    expect(await client.publish(small)).toEqual([true, '']);
    expect(await client.publish(makeEvent({ content: 'x'.repeat(1_000) }))).toEqual([
      false,
      expect.stringMatching(/^invalid: event too large: \d+$/),
    ]);
    expect(scene.relay.events()).toEqual([small]);
  },
});
