import { MeshScene } from '../../support/mesh-scene';
import { seededRandom } from '../../support/owned-clock';
import type { ScriptedRelay } from '../../support/scripted-relay';
import { makeHead } from '../../support/test-slots';

const frames = 200_000;
const genuine = makeHead({ device: 'b', createdAt: 1_700_000_000 }, false);

/** Frames that a relay might send, good and bad, as text. The genuine event is never among them as it is. */
function corpus(scene: MeshScene, headId: string): readonly string[] {
  const { event } = genuine;
  const forged = [
    { ...event, content: event.content.replace(/^./, 'B') },
    { ...event, created_at: 4_000_000_000 },
    { ...event, pubkey: 'cd'.repeat(32) },
    { ...event, id: 'f'.repeat(64) },
    { ...event, tags: [['d', 'f'.repeat(32)]] },
    { ...event, tags: null },
    { id: 7 },
    null,
  ];
  const ids = ['s1', 's2', 's3', 's4', 'probe', 'nosuch', ''];
  const reasons = [
    '',
    'error: x',
    'rate-limited: x',
    'auth-required: x',
    'pow: 28 bits',
    'invalid: created_at too late',
  ];
  return [
    ...ids.flatMap((id) => forged.map((each) => ['EVENT', id, each])),
    ...ids.flatMap((id) => reasons.map((reason) => ['CLOSED', id, reason])),
    ...ids.map((id) => ['EOSE', id]),
    ...ids.map((id) => ['EOSE', id, ['finish', { deep: [[[[]]]] }]]),
    ...reasons.flatMap((reason) => [headId, 'e'.repeat(64), ''].map((id) => ['OK', id, reason === '', reason])),
    ...reasons.map((reason) => ['NOTICE', reason]),
    ['AUTH', 'challenge'],
    ['OK'],
    ['EVENT'],
    [],
    {},
    scene.nowSeconds,
  ].map((frame) => JSON.stringify(frame));
}

function mutate(text: string, random: () => number): unknown {
  const at = Math.floor(random() * text.length);
  const other = Math.floor(random() * text.length);
  switch (Math.floor(random() * 9)) {
    case 0:
      return text;
    case 1:
      return text.slice(0, at);
    case 2:
      return text.slice(0, at) + String.fromCharCode(Math.floor(random() * 65_536)) + text.slice(at + 1);
    case 3:
      return text.slice(0, at) + text.slice(other);
    case 4:
      return text.replace(/\d+/, () => String((random() - 0.5) * 10 ** Math.floor(random() * 40)));
    case 5:
      return text.replace(
        /"[^"]*"/,
        () => ['null', '[]', '{}', '-0', '1e999', '"__proto__"'][Math.floor(random() * 6)] ?? '',
      );
    case 6:
      return '['.repeat(Math.floor(random() * 2_000)) + text;
    case 7:
      return new TextEncoder().encode(text);
    default:
      return Array.from({ length: at }, () => String.fromCharCode(Math.floor(random() * 128))).join('');
  }
}

it(`lets nothing of ${frames} random and mutated frames through, and works on as if nothing had been`, async () => {
  // As if nobody had set a limit: what is over the budget does not get as far as this (mesh-floods.test.ts).
  const { inbound } = new MeshScene().config;
  const boundless = Object.fromEntries(Object.keys(inbound).map((name) => [name, 1e12])) as Record<
    keyof typeof inbound,
    number
  >;
  const scene = new MeshScene({ config: { inbound: boundless } });
  await scene.begin();
  const [relay] = scene.relays as [ScriptedRelay];
  const random = seededRandom(20_261_122);
  const own = scene.write();
  await scene.clock.until(() => scene.storedCount(own) === 3, 5_000);
  const messages = corpus(scene, own.event.id);
  const ready = scene.mesh.readyRelays;
  for (let count = 0; count < frames; count += 1) {
    const text = messages[Math.floor(random() * messages.length)] ?? '';
    relay.sayRaw(mutate(text, random));
    if (count % 500 === 0) await scene.clock.advance(20);
  }
  relay.sayRaw(`["NOTICE","${'x'.repeat(2 << 20)}"]`);
  relay.sayRaw('['.repeat(524_288));
  await scene.clock.advance(1_000);

  expect([...scene.newest.keys()]).toEqual([own.version.d]);
  expect(relay.framesOf('EVENT')).toHaveLength(1);
  expect(scene.mesh.createdAtOffset).toBe(0);
  expect(scene.mesh.readyRelays).toBe(ready);
  expect(scene.clock.pendingTimers).toBeLessThan(50);
  expect(relay.openSubscriptions).toBeLessThan(8);
  expect(relay.stored.size).toBe(1);

  const next = scene.write({ index: 1 });
  await scene.clock.until(() => scene.storedCount(next) === 3, 120_000);
  relay.put(genuine.event);
  await scene.clock.until(() => scene.newest.has(genuine.version.d), 120_000);
  scene.mesh.stop();
}, 60_000);
