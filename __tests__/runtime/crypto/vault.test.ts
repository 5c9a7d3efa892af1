import { deflateRawSync } from 'node:zlib';
import { ErrorCode } from '../../../src/runtime/core/errors';
import { Refusal, type Vault } from '../../../src/runtime/contracts/vault';
import {
  holdsContent,
  Tier,
  type NostrEvent,
  type SealedEvent,
  type SlotPayload,
} from '../../../src/runtime/contracts/slot';
import { entriesOf, readContent } from '../../../src/runtime/replica/slots/slot-content';
import * as reference from '../../vectors/reference';
import vectors from '../../vectors/envelopes.json';
import { fakeBlackBox, keys, onTheWire, openVault } from './vault-support';

const slotKeys = { pubkey: vectors.pubkey, sealKey: keys.seal };
const deviceId = '00112233445566778899aabbccddeeff';
const delta: SlotPayload = {
  dev: deviceId,
  tier: Tier.Delta,
  idx: 3,
  seq: 7,
  e: [['notes', 'n1', { '/title': ['0'.repeat(32), 'Hello'] }]],
};
const nonce = '0102030405060708090a0b0c';
const createdAt = 1_700_000_000;

let vault: Vault;
beforeAll(async () => {
  vault = await openVault();
});

const seal = async (payload: SlotPayload = delta, compress = true): Promise<NostrEvent> =>
  onTheWire(await vault.seal(await vault.pack(payload, compress), { createdAt, nonce }));

describe('the vectors', () => {
  test('public key and key check', async () => {
    const r = await crypto.subtle.importKey(
      'raw',
      Buffer.from(vectors.r, 'hex'),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    );
    expect(vault.pubkey).toBe(vectors.pubkey);
    expect(await vault.keyCheck(r)).toBe(vectors.keyCheck);
  });

  test.each(vectors.slots)(
    'sealing $name from its compressed bytes',
    async ({ payload, deflated, nonce, createdAt, d, event }) => {
      const { dev: deviceId, tier, idx: index } = payload;
      expect(await vault.addressOf({ deviceId, tier, index })).toBe(d);
      const packed = {
        payload: payload as unknown as SlotPayload,
        jsonBytes: JSON.stringify(payload).length,
        deflated: Buffer.from(deflated, 'base64'),
        paddedBytes: 512,
      };
      const { sig, ...unsigned } = await vault.seal(packed, { createdAt, nonce });
      expect(unsigned).toEqual(event);
      expect(sig).toMatch(/^[0-9a-f]{128}$/);
    },
  );

  test('opening entries of which some parts are damaged', async () => {
    const { event, entries, parts } = vectors.damaged;
    const opened = await vault.open({ ...event, sig: '' });
    if (typeof opened === 'string' || !holdsContent(opened.payload)) throw new Error('it does not open');
    const { content, damaged } = readContent(opened.payload.e);
    expect([entriesOf(content), damaged]).toEqual([entries, parts]);
  });

  test.each(vectors.later)('$name is kept for a later build', async ({ event }) => {
    expect(await vault.open(await signAnything(event))).toBe(Refusal.UnknownVersion);
  });

  test.each(vectors.slots)('opening $name', async ({ payload, nonce, createdAt, d, event }) => {
    const { dev: deviceId, tier, idx: index, seq } = payload;
    const opened = await vault.open({ ...event, sig: '' });
    expect(opened).toEqual({ payload, version: { deviceId, tier, index, d, seq, createdAt, nonce } });
  });
});

describe('what is sealed', () => {
  test('opens again, compressed or not', async () => {
    for (const compress of [true, false]) {
      expect(await vault.open(await seal(delta, compress))).toMatchObject({ payload: delta });
    }
  });

  test('is signed, and the signature is found wanting after any change', async () => {
    const event = await seal();
    expect(vault.verify(event)).toBe(true);
    expect(vault.verify({ ...event, created_at: createdAt + 1 })).toBe(false);
    expect(vault.verify({ ...event, id: event.id.slice(2) })).toBe(false);
    expect(vault.verify({ ...event, sig: event.sig.slice(2) })).toBe(false);
    expect(vault.verify({ ...event, kind: 1 })).toBe(false);
  });

  test('has only sizes of 512 * 2^k bytes, whatever its length', async () => {
    for (const [length, expected] of [
      [0, 512],
      [300, 512],
      [1_900, 2_048],
      [32_500, 32_768],
    ] as const) {
      const payload: SlotPayload = { ...delta, e: [['c', 'x'.repeat(length), {}]] };
      const { paddedBytes } = await vault.pack(payload, false);
      expect(paddedBytes).toBe(expected);
      expect(Buffer.from((await seal(payload, false)).content, 'base64').length).toBe(expected + 29);
    }
  });

  test('shows nothing of its content or its device', async () => {
    const text =
      JSON.stringify(await seal(delta, false)) +
      Buffer.from((await seal(delta, false)).content, 'base64').toString('latin1');
    for (const secret of ['notes', 'n1', 'title', 'Hello', deviceId]) expect(text).not.toContain(secret);
  });

  test('gets another nonce each time', () => {
    const nonces = new Set(Array.from({ length: 100 }, () => vault.newNonce()));
    expect(nonces.size).toBe(100);
    expect([...nonces].every((nonce) => /^[0-9a-f]{24}$/.test(nonce))).toBe(true);
  });
});

test('what is not sealed cannot be published: the types say so', async () => {
  const event = await seal();
  const publish = (sealed: SealedEvent) => sealed.id;
  // @ts-expect-error -- only `seal` makes a SealedEvent, and `verify` recognises one
  expect(publish(event)).toBe(event.id);
  expect(vault.verify(event) && publish(event)).toBe(event.id);
});

describe('a payload that cannot be sealed', () => {
  const random = Array.from({ length: 40_000 }, (_, i) =>
    String.fromCharCode(33 + ((i * i * 7919 + i * 104_729) % 90)),
  ).join('');

  test('is measured as too large, and refused', async () => {
    const packed = await vault.pack({ ...delta, e: [['c', random, {}]] }, false);
    expect(packed.paddedBytes).toBeUndefined();
    await expect(vault.seal(packed, { createdAt, nonce })).rejects.toMatchObject({ code: ErrorCode.VaultFailed });
  });

  test('is one that nobody would open, too: more than 1 MiB before compression', async () => {
    const packed = await vault.pack({ ...delta, e: [['c', 'x'.repeat(1_048_576), {}]] });
    expect(packed.deflated.length).toBeLessThan(32_768);
    expect(packed.paddedBytes).toBeUndefined();
  });

  test.each([
    ['a nonce of another length', { createdAt, nonce: '00' }],
    ['a time that is no whole second', { createdAt: 1.5, nonce }],
    ['a time before 1970', { createdAt: -1, nonce }],
  ])('nor with %s', async (_name, at) => {
    await expect(vault.seal(await vault.pack(delta), at)).rejects.toMatchObject({ code: ErrorCode.VaultFailed });
  });
});

describe('a tampered event is refused, and nothing is thrown', () => {
  test('with any byte of its envelope flipped', async () => {
    const event = await seal();
    const envelope = Buffer.from(event.content, 'base64');
    for (let i = 0; i < envelope.length; i++) {
      const flipped = Buffer.from(envelope);
      flipped[i]! ^= 1 << (i % 8);
      const refusal = i === 0 ? Refusal.Malformed : Refusal.Unreadable;
      expect(await vault.open({ ...event, content: flipped.toString('base64') })).toBe(refusal);
    }
  });

  test('at another address, at another time, under another key, as another kind', async () => {
    const event = await seal();
    const other = await vault.addressOf({ deviceId, tier: Tier.Delta, index: 4 });
    expect(await vault.open({ ...event, tags: [['d', other]] })).toBe(Refusal.Unreadable);
    expect(await vault.open({ ...event, created_at: createdAt + 1 })).toBe(Refusal.Unreadable);
    expect(await vault.open({ ...event, pubkey: '11'.repeat(32) })).toBe(Refusal.Malformed);
    expect(await vault.open({ ...event, kind: 30_079 })).toBe(Refusal.Malformed);
  });

  test.each([
    ['truncated', (content: string) => content.slice(0, -4)],
    ['truncated to its head', (content: string) => content.slice(0, 16)],
    ['doubled', (content: string) => content + content],
    ['beyond the largest size', () => Buffer.concat([Buffer.from([1]), Buffer.alloc(65_536 + 28)]).toString('base64')],
    ['empty', () => ''],
    ['not base64', () => '!'.repeat(720)],
    ['base64 with line breaks', (content: string) => `${content.slice(0, 64)}\n${content.slice(64)}`],
    ['base64url', (content: string) => content.replace(/./, '-')],
    ['base64 with other unused bits', (content: string) => content.replace(/.(=+)$/, '/$1')],
    ['beyond ASCII', (content: string) => content.replace(/./, '\u0141')],
  ])('%s', async (_name, change) => {
    const event = await seal();
    expect(await vault.open({ ...event, content: change(event.content) })).toBe(Refusal.Malformed);
  });

  test.each([
    ['null', null],
    ['a text', 'event'],
    ['no tags', { tags: undefined }],
    ['tags of another type', { tags: { length: 1, 0: ['d', '00'.repeat(16)] } }],
    ['a tag of another type', { tags: ['d'] }],
    [
      'one more tag',
      {
        tags: [
          ['d', '00'.repeat(16)],
          ['p', '00'.repeat(32)],
        ],
      },
    ],
    ['a longer tag', { tags: [['d', '00'.repeat(16), 'wss']] }],
    ['an address in capitals', { tags: [['d', 'AA'.repeat(16)]] }],
    ['a fractional time', { created_at: 1.5 }],
    ['a negative time', { created_at: -1 }],
    ['a time beyond all integers', { created_at: 1e300 }],
    ['content of another type', { content: ['AQ=='] }],
  ])('%s', async (_name, change) => {
    const event = typeof change === 'object' && change !== null ? { ...(await seal()), ...change } : change;
    expect(await vault.open(event as unknown as NostrEvent)).toBe(Refusal.Malformed);
    expect(vault.verify(event as unknown as NostrEvent)).toBe(false);
  });
});

describe('what another key or version sealed is told apart, whatever its signature', () => {
  const signed = async (content: Buffer): Promise<NostrEvent> => {
    const d = await vault.addressOf({ deviceId, tier: Tier.Delta, index: 3 });
    const event = reference.unsigned(vectors.pubkey, d, createdAt, content);
    return signAnything(event);
  };

  test('an unknown version', async () => {
    const event = await signed(Buffer.from([2, 0, 0]));
    expect(await vault.open(event)).toBe(Refusal.UnknownVersion);
    expect(await vault.open({ ...event, sig: '00'.repeat(64) })).toBe(Refusal.UnknownVersion);
    expect([vault.verify(event), vault.verify({ ...event, sig: '00'.repeat(64) })]).toEqual([true, false]);
    expect(vault.verify({ ...event, id: 'xx'.repeat(32) })).toBe(false);
  });

  test('a version before the first is none', async () => {
    expect(await vault.open(await signed(Buffer.alloc(512 + 29)))).toBe(Refusal.Malformed);
  });

  test('a tier that only a newer build knows', async () => {
    const tier = 7 as Tier;
    const d = await vault.addressOf({ deviceId, tier, index: 3 });
    const plain = reference.padded(reference.deflated({ dev: deviceId, tier, idx: 3, seq: 1, body: 'anything' }));
    const envelope = reference.envelope(slotKeys, d, createdAt, Buffer.from(nonce, 'hex'), plain);
    const event = await signAnything(reference.unsigned(vectors.pubkey, d, createdAt, envelope));
    expect(await vault.open(event)).toBe(Refusal.UnknownVersion);
  });

  test('an envelope that opens with no key', async () => {
    const event = await signed(Buffer.concat([Buffer.from([1]), Buffer.alloc(512 + 28)]));
    expect(await vault.open(event)).toBe(Refusal.Unreadable);
    expect(await vault.open({ ...event, sig: '00'.repeat(64) })).toBe(Refusal.Unreadable);
  });
});

describe('what a holder of the keys may have written on purpose does no harm', () => {
  const opened = async (plain: Buffer, d?: string): ReturnType<Vault['open']> => {
    const address = d ?? (await vault.addressOf({ deviceId, tier: Tier.Delta, index: 3 }));
    const envelope = reference.envelope(slotKeys, address, createdAt, Buffer.from(nonce, 'hex'), plain);
    return vault.open({ ...reference.unsigned(vectors.pubkey, address, createdAt, envelope), id: '', sig: '' });
  };
  const openedText = (text: string): ReturnType<Vault['open']> =>
    opened(reference.padded(deflateRawSync(Buffer.from(text))));
  const withEntry = (entry: string): string => `{"dev":"${deviceId}","tier":0,"idx":3,"seq":1,"e":[${entry}]}`;
  const stamp = '0'.repeat(32);

  test('the control: an envelope made this way opens', async () => {
    expect(await openedText(withEntry(`["c","i",{"/a":["${stamp}",1]}]`))).toMatchObject({ payload: { seq: 1 } });
    expect(await openedText(withEntry(`["c","i",{"__proto__":["${stamp}"]},null,"${stamp}"]`))).toMatchObject({
      payload: { seq: 1 },
    });
  });

  test('a decompression bomb', async () => {
    expect(await openedText(withEntry(`"${'x'.repeat(1_100_000)}"`))).toBe(Refusal.Malformed);
    expect(await opened(reference.padded(deflateRawSync(Buffer.alloc(30_000_000))))).toBe(Refusal.Malformed);
  });

  test.each([
    ['an entry that is none', '{}'],
    ['a register that is none', '["c","i",{"/a":null}]'],
    ['a number beyond all', `["c","i",{"/a":["${stamp}",1e999]}]`],
    ['a value nested without end', `["c","i",{"/a":["${stamp}",${'['.repeat(200_000)}${']'.repeat(200_000)}]}]`],
  ])('%s is for the reader of the entries to leave out', async (_name, entry) => {
    expect(await openedText(withEntry(entry))).toMatchObject({ payload: { e: [expect.anything()] } });
  });

  test('keys that only a newer build knows are ignored', async () => {
    const text = `{"dev":"${deviceId}","tier":0,"idx":3,"seq":1,"e":[],"more":{"__proto__":1},"z":[1e999]}`;
    expect(await openedText(text)).toMatchObject({ payload: { seq: 1, e: [] } });
  });

  test.each([
    ['a length beyond the padding', Buffer.concat([Buffer.from('ffffffff', 'hex'), Buffer.alloc(508)])],
    ['no length at all', Buffer.alloc(0)],
    ['a size that is none of ours', Buffer.alloc(768)],
    ['bytes that are not deflated', reference.padded(Buffer.alloc(300, 0xee))],
    ['truncated deflated bytes', reference.padded(deflateRawSync(Buffer.from(withEntry(''))).subarray(0, -6))],
    ['text that is not UTF-8', reference.padded(deflateRawSync(Buffer.from([0x22, 0xff, 0x22])))],
  ])('%s', async (_name, plain) => {
    expect(await opened(plain)).toBe(Refusal.Malformed);
  });

  test.each([
    ['no JSON', 'x'],
    ['null', 'null'],
    ['a list', '[]'],
    ['another address inside', `{"dev":"${deviceId}","tier":0,"idx":4,"seq":1,"e":[]}`],
    ['a device that is no hex', `{"dev":"${'x'.repeat(32)}","tier":0,"idx":3,"seq":1,"e":[]}`],
    ['an unknown tier at the address of a known one', `{"dev":"${deviceId}","tier":7,"idx":3,"seq":1,"e":[]}`],
    ['a fractional seq', `{"dev":"${deviceId}","tier":0,"idx":3,"seq":1.5,"e":[]}`],
    ['a seq beyond all safe integers', `{"dev":"${deviceId}","tier":0,"idx":3,"seq":1e300,"e":[]}`],
    ['an index beyond 32 bits', `{"dev":"${deviceId}","tier":0,"idx":4294967299,"seq":1,"e":[]}`],
    ['no entries', `{"dev":"${deviceId}","tier":0,"idx":3,"seq":1}`],
    ['a content slot with a manifest', `{"dev":"${deviceId}","tier":0,"idx":3,"seq":1,"live":[],"seen":{},"label":""}`],
    ['entries that are no list', `{"dev":"${deviceId}","tier":0,"idx":3,"seq":1,"e":{}}`],
    ['a list nested without end', withEntry('['.repeat(400_000))],
    ['a tier that is no byte', `{"dev":"${deviceId}","tier":256,"idx":3,"seq":1,"e":[]}`],
    ['a tier that is no number', `{"dev":"${deviceId}","tier":"0","idx":3,"seq":1,"e":[]}`],
  ])('%s', async (_name, text) => {
    expect(await openedText(text)).toBe(Refusal.Malformed);
  });

  test.each([
    ['an index above 3', '"idx":4,"seq":1,"live":[],"seen":{},"label":""', 4],
    ['no list of live slots', '"idx":0,"seq":1,"live":{},"seen":{},"label":""', 0],
    ['a negative seq', '"idx":0,"seq":-1,"live":[],"seen":{},"label":""', 0],
  ])('a manifest with %s', async (_name, members, index) => {
    const d = await vault.addressOf({ deviceId, tier: Tier.Manifest, index });
    const text = `{"dev":"${deviceId}","tier":2,${members}}`;
    expect(await opened(reference.padded(deflateRawSync(Buffer.from(text))), d)).toBe(Refusal.Malformed);
  });
});

describe('what another version of the kit has written opens', () => {
  const openText = async (tier: Tier, index: number, members: string) => {
    const d = await vault.addressOf({ deviceId, tier, index });
    const text = `{"dev":"${deviceId}","tier":${tier},"idx":${index},"seq":5,${members}}`;
    const plain = reference.padded(deflateRawSync(Buffer.from(text)));
    const envelope = reference.envelope(slotKeys, d, createdAt, Buffer.from(nonce, 'hex'), plain);
    const opened = await vault.open({ ...reference.unsigned(vectors.pubkey, d, createdAt, envelope), id: '', sig: '' });
    return typeof opened === 'string' ? opened : opened.payload;
  };

  test('a manifest with nothing but its live slots', async () => {
    expect(await openText(Tier.Manifest, 0, '"live":[[0,0,1]]')).toEqual({
      ...{ dev: deviceId, tier: Tier.Manifest, idx: 0, seq: 5, live: [[0, 0, 1]], seen: {}, relays: [] },
      ...{ day: undefined, label: '', kit: '', schema: '', ext: {} },
    });
  });

  test('a manifest with more', async () => {
    const payload = await openText(Tier.Manifest, 0, '"live":[],"label":"Laptop","e":[1],"later":{"a":1}');
    expect(payload).toMatchObject({ label: 'Laptop', live: [] });
    expect(payload).not.toHaveProperty('later');
  });

  test('a note of a type that is not known', async () => {
    expect(await openText(Tier.Note, 7, '"type":"later","at":3,"data":{"a":1},"more":1')).toEqual({
      ...{ dev: deviceId, tier: Tier.Note, idx: 7, seq: 5, type: 'later', at: 3, data: { a: 1 } },
    });
  });
});

describe('when a WebCrypto call fails', () => {
  const broken = (): never => {
    throw new DOMException('broken', 'NotSupportedError');
  };
  const breakCall = (name: 'importKey' | 'sign' | 'encrypt' | 'decrypt', nth: number): jest.SpyInstance => {
    const original = crypto.subtle[name].bind(crypto.subtle) as (...args: unknown[]) => Promise<unknown>;
    let calls = 0;
    return jest
      .spyOn(crypto.subtle, name as 'sign')
      .mockImplementation(((...args: unknown[]) =>
        ++calls === nth ? Promise.resolve().then(broken) : original(...args)) as never);
  };
  afterEach(() => jest.restoreAllMocks());

  test.each([1, 2])('importing key %i: there is no vault', async (nth) => {
    breakCall('importKey', nth);
    await expect(openVault()).rejects.toMatchObject({ code: ErrorCode.VaultFailed });
  });

  test.each(['sign', 'encrypt'] as const)('%s: no event leaves, and the next one may', async (name) => {
    const fresh = await openVault();
    const packed = await fresh.pack(delta);
    breakCall(name, 1);
    await expect(fresh.seal(packed, { createdAt, nonce })).rejects.toMatchObject({ code: ErrorCode.VaultFailed });
    expect(await fresh.open(await fresh.seal(packed, { createdAt, nonce }))).toMatchObject({ payload: delta });
  });

  test('decrypt: that is said, and not taken for a forgery', async () => {
    const event = await seal();
    breakCall('decrypt', 1);
    await expect(vault.open(event)).rejects.toMatchObject({ code: ErrorCode.VaultFailed });
    expect(await vault.open(event)).toMatchObject({ payload: delta });
  });

  test('none of them: what was imported is wiped, and so is the password', async () => {
    const imported = jest.spyOn(crypto.subtle, 'importKey');
    const encode = jest.spyOn(TextEncoder.prototype, 'encode');
    const set = jest.spyOn(Uint8Array.prototype, 'set');
    await openVault({ identity: ['wiped-user'], secret: 'wiped-secret' });
    const raw = imported.mock.calls.map(([, bytes]) => [...(bytes as unknown as Uint8Array)]);
    expect(raw).toEqual([Array(32).fill(0), Array(32).fill(0)]);
    const encoded = encode.mock.calls.flatMap(([text], index) =>
      text?.startsWith('wiped') ? [encode.mock.results[index]!.value as Uint8Array] : [],
    );
    expect(encoded).toHaveLength(2);
    const holders = new Set<unknown>(encoded);
    set.mock.calls.forEach(([source], index) => holders.has(source) && holders.add(set.mock.contexts[index]));
    // Each with its length, the identity, the password, and the input of the black box.
    expect(holders.size).toBeGreaterThanOrEqual(2 + 2 + 3);
    for (const bytes of holders as Set<Uint8Array>) expect([...new Set(bytes)]).toEqual([0]);
  });

  test('none of them: keys are not extractable', async () => {
    const imported = jest.spyOn(crypto.subtle, 'importKey');
    await openVault();
    const all = await Promise.all(imported.mock.results.map(({ value }) => value as Promise<CryptoKey>));
    expect(all.map(({ extractable }) => extractable)).toEqual([false, false]);
  });
});

test('a browser without WebCrypto is told so before anything is derived', async () => {
  const loadBlackBox = jest.fn();
  const subtle = jest.spyOn(globalThis.crypto, 'subtle', 'get').mockReturnValue(undefined as never);
  await expect(openVault({ loadBlackBox })).rejects.toMatchObject({ code: ErrorCode.EnvironmentUnsupported });
  expect(loadBlackBox).not.toHaveBeenCalled();
  subtle.mockRestore();
});

test('a challenge of a relay is answered with a signed event of kind 22242 (NIP-42)', async () => {
  const { verifyEvent } = await import('nostr-tools/pure');
  const answering = await openVault();
  const answer = onTheWire(answering.signAuth('wss://relay.example', 'challenge', 1_700_000_000));
  expect(answer).toMatchObject({
    kind: 22_242,
    created_at: 1_700_000_000,
    pubkey: vectors.pubkey,
    tags: [
      ['relay', 'wss://relay.example'],
      ['challenge', 'challenge'],
    ],
  });
  expect(verifyEvent(answer as never)).toBe(true);
});

describe('nothing secret shows', () => {
  const secrets = [
    'user-1',
    'passphrase',
    ...Object.values(keys).flatMap((key) => [key.toString('hex'), key.toString('base64')]),
  ];
  const failures: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['an identity that is too long', () => openVault({ identity: ['user-1'.repeat(200)] })],
    [
      'a black box that refuses',
      () => openVault({ loadBlackBox: async () => ({ ...fakeBlackBox(), begin: () => 0 }) }),
    ],
    [
      'a black box that gives no key',
      () => openVault({ loadBlackBox: async () => ({ ...fakeBlackBox(), expand: () => 0 }) }),
    ],
    [
      'a payload that is too large',
      async () =>
        vault.seal(
          { payload: delta, jsonBytes: 0, deflated: new Uint8Array(), paddedBytes: undefined },
          { createdAt, nonce },
        ),
    ],
  ];

  test.each(failures)('in the error of %s', async (_name, fail) => {
    const error = (await fail().catch((thrown: unknown) => thrown)) as Error;
    const shown = [
      error.message,
      error.stack,
      JSON.stringify(error),
      String((error as { cause?: unknown }).cause),
    ].join();
    expect(error).toBeInstanceOf(Error);
    expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
  });

  test('on the console, nor in the vault itself', async () => {
    const consoles = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) => jest.spyOn(console, name));
    const made = await openVault({ secret: 'passphrase' });
    await made.open(await seal());
    expect(consoles.map((spy) => spy.mock.calls.length)).toEqual([0, 0, 0, 0, 0]);
    consoles.forEach((spy) => spy.mockRestore());
    expect(secrets.filter((secret) => JSON.stringify(made).includes(secret))).toEqual([]);
    expect(Object.values(made).filter((member) => typeof member !== 'function')).toEqual([vectors.pubkey]);
  });
});

/** Signs with the vectors' signing key what no vault of this version would seal. */
async function signAnything(event: reference.UnsignedEvent): Promise<NostrEvent> {
  const { finalizeEvent } = await import('nostr-tools/pure');
  return onTheWire(finalizeEvent({ ...event, tags: event.tags.map((tag) => [...tag]) }, Uint8Array.from(keys.sign)));
}
