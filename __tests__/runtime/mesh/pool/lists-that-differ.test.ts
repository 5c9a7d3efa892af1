/** Devices whose apps name other relays find each other; what they say of relays is bounded. */
import { RelayOrigin, RelayState } from '../../../../src/runtime/core/status';
import { Tier } from '../../../../src/runtime/contracts/slot';
import { MeshScene } from '../../../support/mesh-scene';
import { OwnedClock } from '../../../support/owned-clock';
import { ScriptedRelay } from '../../../support/scripted-relay';
import { makeHead } from '../../../support/test-slots';

jest.setTimeout(60_000);

const MINUTE_MS = 60_000;
const urlsOf = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `wss://${name}${index}.example`);

function createPlace(oldList: readonly string[], newList: readonly string[], former: readonly string[] = []) {
  const clock = new OwnedClock();
  const shared = [...new Set([...oldList, ...newList])].map((url) => new ScriptedRelay(url, clock));
  const lists = { old: oldList, new: newList };
  const [old, young] = [
    new MeshScene({ clock, shared, listed: oldList, seed: 1 }),
    new MeshScene({ clock, shared, listed: newList, seed: 2, config: { formerRelays: former } }),
  ];
  const write = (scene: MeshScene, name: 'old' | 'new', seq: number) => {
    const createdAt = scene.nowSeconds;
    scene.write({ device: name, tier: Tier.Manifest, names: [], relays: lists[name], seq, createdAt });
    return scene.write({ device: name, tier: Tier.Delta, seq, createdAt });
  };
  return {
    clock,
    shared,
    old,
    young,
    /** Both write; returns whether both know all of it. */
    writeBoth(seq: number): () => boolean {
      const heads = [write(old, 'old', seq), write(young, 'new', seq)];
      return () =>
        [old, young].every(({ newest }) => heads.every(({ version: { d, nonce } }) => newest.get(d)?.nonce === nonce));
    },
  };
}

describe('an old and a new build', () => {
  const oldList = urlsOf('old', 5);

  it.each([
    ['two', [...urlsOf('new', 4), ...oldList.slice(3)]],
    ['one', [...urlsOf('new', 4), ...oldList.slice(4)]],
    ['one that comes first', [...oldList.slice(4), ...urlsOf('new', 4)]],
  ])('that share %s meet within 60 s', async (_, newList) => {
    const { clock, old, young, writeBoth } = createPlace(oldList, newList);
    const isEqual = writeBoth(1);
    old.mesh.start();
    young.mesh.start();
    expect(await clock.until(isEqual, MINUTE_MS)).toBeLessThanOrEqual(MINUTE_MS);
    expect(young.mesh.devices).toEqual({ met: 1, apart: 0 });
  });

  it('that share none meet within 11 minutes where the new one names the former relays, and go on to', async () => {
    const { clock, old, young, writeBoth } = createPlace(oldList, urlsOf('new', 5), oldList);
    old.mesh.start();
    await clock.advance(MINUTE_MS);
    young.mesh.start();
    await clock.advance(5 * MINUTE_MS);
    for (let seq = 1; seq <= 3; seq += 1) {
      await clock.until(writeBoth(seq), 11 * MINUTE_MS);
      await clock.advance(30 * MINUTE_MS);
    }
    expect(young.mesh.status[5]).toMatchObject({
      url: oldList[0],
      origin: RelayOrigin.Former,
      state: RelayState.Spare,
    });
    expect(old.mesh.status[5]).toMatchObject({ url: 'wss://new0.example', origin: RelayOrigin.Device });
    expect(old.mesh.devices).toEqual({ met: 1, apart: 1 });
    expect(young.mesh.devices).toEqual({ met: 1, apart: 0 });
  });

  it('that share none and do not name them do not meet, and the status says so', async () => {
    const { clock, old, young, writeBoth } = createPlace(oldList, urlsOf('new', 5));
    const isEqual = writeBoth(1);
    old.mesh.start();
    young.mesh.start();
    await clock.advance(60 * MINUTE_MS);
    expect(isEqual()).toBe(false);
    for (const { mesh } of [old, young]) expect(mesh.devices).toEqual({ met: 0, apart: 0 });
  });
});

/** A device whose app names former relays. */
function createVisitor(formerCount: number, listCount: number) {
  const clock = new OwnedClock();
  const [former, listed] = [urlsOf('old', formerCount), urlsOf('new', listCount)];
  const shared = [...former, ...listed].map((url) => new ScriptedRelay(url, clock));
  return { clock, shared, scene: new MeshScene({ clock, shared, listed, config: { formerRelays: former } }) };
}

describe('a relay that is visited', () => {
  it('gets the manifest of this device and nothing else, once, and counts for nothing', async () => {
    const { clock, shared, scene: young } = createVisitor(2, 4);
    const theirs = makeHead({ device: 'b', createdAt: young.nowSeconds - 5 }, false);
    for (const relay of shared.slice(0, 2)) relay.put(theirs.event);
    const manifest = young.write({ tier: Tier.Manifest, names: [], createdAt: young.nowSeconds });
    for (let index = 0; index < 5; index += 1) young.write({ index, createdAt: young.nowSeconds });
    young.mesh.start();
    await clock.advance(45 * MINUTE_MS);
    for (const relay of shared.slice(0, 2)) {
      expect(relay.framesOf('EVENT').map(([, event]) => event)).toEqual([manifest.event]);
    }
    // What was found there is put where it belongs.
    for (const relay of shared.slice(2)) expect(relay.stored.has(theirs.version.d)).toBe(true);
    const listed = shared.slice(2).map(({ url }) => url);
    expect([...young.mesh.proof.read].sort()).toEqual([...listed].sort());
    expect(young.reads.every(({ url }) => listed.includes(url))).toBe(true);
    for (const urls of young.storedOn.values()) expect([...urls].every((url) => listed.includes(url))).toBe(true);
  });

  it('is read every ten minutes, and sooner while little else answers', async () => {
    const { clock, shared, scene: young } = createVisitor(1, 3);
    young.mesh.start();
    await clock.advance(30_000);
    const visits = shared[0]!.connectedAt;
    const before = visits.length;
    expect(before).toBeGreaterThan(0);
    await clock.advance(100 * MINUTE_MS);
    expect(visits.length - before).toBeGreaterThanOrEqual(10);
    expect(visits.length - before).toBeLessThanOrEqual(14);
    for (const relay of shared.slice(1)) {
      relay.faults = { refuse: true };
      relay.drop();
    }
    const then = visits.length;
    await clock.advance(10 * MINUTE_MS);
    expect(visits.length - then).toBeGreaterThanOrEqual(9);
  });

  it('is asked for what is new since the last visit, and not for everything again', async () => {
    const { clock, shared, scene: young } = createVisitor(1, 3);
    const [relay] = shared as [ScriptedRelay];
    for (let index = 0; index < 60; index += 1)
      relay.put(makeHead({ device: 'b', index, createdAt: young.nowSeconds - 86_400 + index }).event);
    young.mesh.start();
    await clock.advance(30_000);
    expect(young.newest.size).toBe(60);
    const sent = relay.sent.length;
    await clock.advance(120 * MINUTE_MS);
    expect(relay.sent.length - sent).toBeLessThan(120);
    const late = makeHead({ device: 'c', createdAt: young.nowSeconds - 3_000 }, false);
    relay.put(late.event);
    await clock.until(() => young.newest.has(late.version.d), 11 * MINUTE_MS);
  });

  it('waits until the relays in use have been read, for some time', async () => {
    const { clock, shared, scene } = createVisitor(1, 3);
    for (const relay of shared.slice(1)) relay.faults = { lateEoseMs: 7_000 };
    scene.write({ createdAt: scene.nowSeconds });
    scene.mesh.start();
    await clock.until(() => scene.reads.length === 3, MINUTE_MS);
    expect(shared[0]!.connectedAt).toEqual([]);
    await clock.until(() => shared[0]!.connectedAt.length > 0, 25_000);
  });

  it('that asks who visits is answered, and shows what it has', async () => {
    for (const auth of [{ greets: true }, { refusal: 'auth-required: who are you?' }]) {
      const { clock, shared, scene: young } = createVisitor(1, 3);
      shared[0]!.faults = { auth };
      const theirs = makeHead({ device: 'b', createdAt: young.nowSeconds - 5 }, false);
      shared[0]!.put(theirs.event);
      young.mesh.start();
      await clock.until(() => young.newest.has(theirs.version.d), MINUTE_MS);
      young.mesh.stop();
    }
  });
});

describe('what manifests say', () => {
  const scene = () => new MeshScene({ relays: 4 });
  const others = ({ mesh }: MeshScene) => mesh.status.filter(({ origin }) => origin !== RelayOrigin.List);

  it('is followed up to 8 relays of one manifest and 24 in all', async () => {
    const one = scene();
    one.mesh.noteDevice('b', urlsOf('many', 500), one.nowSeconds);
    expect(others(one).map(({ url }) => url)).toEqual(urlsOf('many', 8));
    for (let device = 0; device < 50; device += 1)
      one.mesh.noteDevice(`c${device}`, urlsOf(`d${device}-`, 8), one.nowSeconds - 1);
    expect(others(one)).toHaveLength(24);
    await one.begin();
    await one.clock.advance(30 * MINUTE_MS);
    expect(new Set(one.strangers.map(({ url }) => url)).size).toBe(24);
  });

  it('is followed for 30 days after the device was heard of, by its newest manifest', async () => {
    const one = scene();
    one.mesh.noteDevice('b', ['wss://new.example'], one.nowSeconds);
    one.mesh.noteDevice('b', ['wss://old.example'], one.nowSeconds - 60);
    one.mesh.noteDevice('c', ['wss://gone.example'], one.nowSeconds - 31 * 86_400);
    expect(others(one).map(({ url }) => url)).toEqual(['wss://new.example']);
    expect(one.mesh.devices).toEqual({ met: 1, apart: 1 });
  });

  it('leads to no address of a private network', async () => {
    const one = scene();
    const privateUrls = [
      ...['ws://localhost', 'wss://localhost', 'wss://127.0.0.1', 'wss://[::1]', 'wss://10.0.0.1', 'wss://192.168.1.1'],
      ...['wss://172.16.9.9', 'wss://169.254.169.254', 'wss://100.64.0.1', 'wss://[fd00::1]', 'wss://[fe80::1]'],
      ...[
        'wss://[::ffff:10.0.0.1]',
        'wss://0.0.0.0',
        'wss://0x0a000001',
        'wss://167772161',
        'wss://10.1',
        'wss://router',
      ],
      ...['wss://printer.local', 'wss://db.internal', 'wss://nas.lan', 'wss://x.home.arpa', 'wss://a.localhost'],
      ...['ws://relay.example', 'http://relay.example', 'wss://user@relay.example', 'relay.example', ''],
    ];
    for (const [index, url] of privateUrls.entries()) one.mesh.noteDevice(`b${index}`, [url], one.nowSeconds);
    expect(others(one)).toEqual([]);
    await one.begin();
    await one.clock.advance(30 * MINUTE_MS);
    expect(one.strangers).toEqual([]);
  });

  it('leads to hidden services, and in development to relays on this machine', () => {
    const url = 'ws://127.0.0.1:4000';
    const urls = ['ws://abc.onion', url];
    const [deployed, developed] = [
      scene(),
      new MeshScene({ shared: [], listed: [1, 2, 3].map((port) => `ws://127.0.0.1:${port}`) }),
    ];
    for (const one of [deployed, developed]) one.mesh.noteDevice('b', urls, one.nowSeconds);
    expect(others(deployed).map((relay) => relay.url)).toEqual(['ws://abc.onion']);
    expect(others(developed).map((relay) => relay.url)).toEqual(urls);
  });

  it('costs a host that has nothing to do with it one attempt in ten minutes, whatever is said of it', async () => {
    const one = scene();
    const paths = Array.from(
      { length: 8 },
      (_, index) => `wss://victim.example${index % 2 ? `:${8000 + index}` : ''}/${index}`,
    );
    for (let device = 0; device < 5; device += 1)
      one.mesh.noteDevice(
        `b${device}`,
        paths.map((path) => `${path}${device}`),
        one.nowSeconds,
      );
    await one.begin();
    for (let step = 0; step < 120; step += 1) {
      one.mesh.kick();
      if (step % 7 === 0) one.mesh.noteDevice('b0', [`wss://victim.example/new${step}`], one.nowSeconds);
      await one.clock.advance(MINUTE_MS);
    }
    const times = one.strangers.map(({ at }) => at);
    expect(times.length).toBeGreaterThan(5);
    for (const [index, at] of times.slice(1).entries())
      expect(at - times[index]!).toBeGreaterThanOrEqual(10 * MINUTE_MS);
    one.mesh.stop();
    // Nor does it after a restart.
    const memory = Object.fromEntries(one.saved);
    const next = new MeshScene({ relays: 4, memory, clock: one.clock });
    next.mesh.noteDevice(
      'b1',
      paths.map((path) => `${path}1`),
      next.nowSeconds,
    );
    await next.begin();
    await next.clock.advance(20 * MINUTE_MS);
    for (const { at } of next.strangers) expect(at - times.at(-1)!).toBeGreaterThanOrEqual(10 * MINUTE_MS);
  });
});
