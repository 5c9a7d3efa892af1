/** Writes keys.json and envelopes.json anew: `npx tsx __tests__/vectors/generate.ts`. They change only when the protocol does. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as reference from './reference';

const saltBase64 = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=';
const appId = 'vectors/0123456789abcdef';
const r = Buffer.alloc(32, 0x5a);

const keyCases: readonly (Omit<reference.KeyInput, 'saltBase64' | 'appId'> & { readonly name: string })[] = [
  { name: 'an id', parts: ['user-1'], iterations: 100_000 },
  { name: 'the default number of iterations', parts: ['user-1'], iterations: 600_000 },
  { name: 'an e-mail address in mixed case with blanks', parts: ['  Ada.Lovelace@Example.ORG '], iterations: 100_000 },
  { name: 'a decomposed name beside an id', parts: ['Zoe\u0308', '42'], iterations: 100_000 },
  { name: 'quotes, backslashes and a control character', parts: ['a"b\\c\u0001', '","'], iterations: 100_000 },
  { name: 'a password of exactly one block', parts: ['x'.repeat(60)], iterations: 100_000 },
  { name: 'a password of one byte more', parts: ['x'.repeat(61)], iterations: 100_000 },
  {
    name: 'eight parts of the greatest length',
    parts: Array.from({ length: 8 }, (_, i) => `${i}`.repeat(1024)),
    iterations: 100_000,
  },
  { name: 'a secret', parts: ['user-1'], secret: 'correct horse battery staple \u{1f40e}', iterations: 100_000 },
];

const keys = {
  keys: keyCases.map(({ name, ...input }) => {
    const whole = { ...input, saltBase64, appId };
    return { name, ...whole, ...reference.keysOf(whole) };
  }),
  retries: [1, 2, 255].map((retry) => ({
    master: '00'.repeat(32),
    info: 'zbs/1/sign',
    retry,
    key: reference.expand(Buffer.alloc(32), 'zbs/1/sign', retry).toString('hex'),
  })),
  databases: ['["user-1"]', '["user-2"]'].map((identity) => {
    const fingerprint = reference.fingerprintOf(Buffer.from(saltBase64, 'base64'));
    return {
      r: r.toString('hex'),
      appId,
      fingerprint,
      identity,
      name: reference.databaseName(r, appId, fingerprint, identity),
    };
  }),
};

const { signKey, sealKey, nameKey, pubkey } = reference.keysOf({
  parts: ['user-1'],
  saltBase64,
  appId,
  iterations: 100_000,
});
const slotKeys = { pubkey, sealKey: Buffer.from(sealKey, 'hex') };
const deviceId = '00112233445566778899aabbccddeeff';
const stamp = (ms: number, counter = 0): string =>
  ms.toString(16).padStart(12, '0') + counter.toString(16).padStart(4, '0') + deviceId.slice(0, 16);
const addressOf = (tier: number, index: number): string =>
  reference.address(Buffer.from(nameKey, 'hex'), deviceId, tier, index);

const entry = [
  'notes',
  'n1',
  { '/title': [stamp(1.7e12), 'Grüße, 世界'], '/body': [stamp(1.7e12, 1)] },
  stamp(1.7e12),
  null,
];
const manyEntries = Array.from({ length: 150 }, (_, i) => [
  'notes',
  `note-${i}`,
  { '/done': [stamp(1.7e12 + i), i % 2 === 0] },
  stamp(1.7e12 + i),
]);
const payloads = [
  { name: 'an empty bag', payload: { dev: deviceId, tier: 0, idx: 0, seq: 1, e: [] } },
  { name: 'one note in a delta', payload: { dev: deviceId, tier: 0, idx: 3, seq: 7, e: [entry] } },
  {
    name: 'a page',
    payload: { dev: deviceId, tier: 1, idx: 4_294_967_295, seq: 9_007_199_254_740_991, e: manyEntries },
  },
  {
    name: 'a manifest',
    payload: {
      dev: deviceId,
      tier: 2,
      idx: 0,
      seq: 12,
      live: [
        [0, 0, 5, 6],
        [1, 7, 1],
      ],
      seen: { [deviceId]: 3 },
      label: 'Laptop',
    },
  },
];

const slots = payloads.map(({ name, payload }, i) => {
  const createdAt = 1_700_000_000 + i;
  const nonce = Buffer.alloc(12, i + 1);
  const d = addressOf(payload.tier, payload.idx);
  const deflated = reference.deflated(payload);
  const event = reference.unsigned(
    pubkey,
    d,
    createdAt,
    reference.envelope(slotKeys, d, createdAt, nonce, reference.padded(deflated)),
  );
  return {
    name,
    payload,
    deflated: deflated.toString('base64'),
    nonce: nonce.toString('hex'),
    createdAt,
    d,
    event: { ...event, id: reference.eventId(event) },
  };
});

/** Entries as no device should write them, as JSON, and what is read of them. */
const damagedRegisters = [
  `"/title":["${stamp(1.7e12)}","kept"]`,
  `"/size":["${stamp(1.7e12)}",1e999]`,
  `"name":["${stamp(1.7e12)}",1]`,
  `"/count#0011223344556677":["${stamp(1.7e12)}",[null,9007199254740992]]`,
  `"/large":["${stamp(1.7e12)}","${'x'.repeat(24_576)}"]`,
  `"/gone":["${stamp(1.7e12, 1)}"]`,
];
const damagedEntries = [
  'null',
  '["notes","",{}]',
  `["notes","n1",{${damagedRegisters.join()}},"${stamp(1.7e12)}","never"]`,
  `["notes","n2",{"/title":["${'f'.repeat(32)}","never"]}]`,
];
const keptEntries = [
  ['notes', 'n1', { '/title': [stamp(1.7e12), 'kept'], '/gone': [stamp(1.7e12, 1)] }, stamp(1.7e12)],
];

function eventOf(json: string, tier: number, index: number, version = 1) {
  const [d, createdAt, nonce] = [addressOf(tier, index), 1_700_000_100 + index, Buffer.alloc(12, 0xa0 + index)];
  const plain = reference.padded(reference.deflatedText(json));
  const event = reference.unsigned(
    pubkey,
    d,
    createdAt,
    reference.envelope(slotKeys, d, createdAt, nonce, plain, version),
  );
  return { ...event, id: reference.eventId(event) };
}

const damaged = {
  entries: keptEntries,
  parts: 8,
  event: eventOf(`{"dev":"${deviceId}","tier":1,"idx":1,"seq":1,"e":[${damagedEntries.join()}],"more":[]}`, 1, 1),
};
/** What only a later build reads; to be signed before it is opened. */
const later = [
  { name: 'an envelope of version 2', event: eventOf('{}', 0, 2, 2) },
  { name: 'a payload of tier 7', event: eventOf(`{"dev":"${deviceId}","tier":7,"idx":3,"seq":1}`, 7, 3) },
];

const envelopes = {
  signKey,
  sealKey,
  nameKey,
  pubkey,
  r: r.toString('hex'),
  keyCheck: reference.keyCheck(r, pubkey),
  slots,
  damaged,
  later,
};

for (const [name, vectors] of Object.entries({ keys, envelopes })) {
  writeFileSync(join(__dirname, `${name}.json`), `${JSON.stringify(vectors, null, 2)}\n`);
}
