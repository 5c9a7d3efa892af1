/** The package has signatures from another library than the sources, which is smaller: both have to be of one mind, about what is false above all. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import * as source from '../../src/runtime/core/nostr';

// eslint-disable-next-line @typescript-eslint/no-require-imports -- what was built, in the form that Node takes
const built = require(path.join(__dirname, '../../dist/runtime/core/nostr.js')) as typeof source;

const bytesOf = (seed: string) => new Uint8Array(createHash('sha256').update(seed).digest());
const template = { created_at: 1_800_000_000, kind: 30_078, tags: [['d', 'slot']], content: 'sealed' };

test.each(Array.from({ length: 12 }, (_, at) => `key ${at}`))('with %s each signs what the other verifies', (seed) => {
  const secretKey = bytesOf(seed);
  expect(built.publicKeyOf(secretKey)).toBe(source.publicKeyOf(secretKey));
  const events = [built.signTemplate(template, secretKey), source.signTemplate(template, secretKey)];
  expect(events[0]!.id).toBe(events[1]!.id);
  for (const event of events) {
    expect(built.idOfEvent(event)).toBe(event.id);
    expect([built.verifyCopy(event), source.verifyCopy(event)]).toEqual([true, true]);
  }
});

const event = source.signTemplate(template, bytesOf('signer'));
const flipped = (hex: string, at: number) =>
  hex.slice(0, at) + (Number.parseInt(hex[at]!, 16) ^ 1).toString(16) + hex.slice(at + 1);
/** The order of the curve, and the field's prime, which no part of a signature reaches. */
const order = 'fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141';
const prime = 'fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f';

test.each([
  ['a signature with another r', { sig: flipped(event.sig, 3) }],
  ['a signature with another s', { sig: flipped(event.sig, 100) }],
  ['a signature of zeros', { sig: '0'.repeat(128) }],
  ['an r that is the prime', { sig: prime + event.sig.slice(64) }],
  ['an s that is the order', { sig: event.sig.slice(0, 64) + order }],
  ['an s that is more than the order', { sig: event.sig.slice(0, 64) + 'f'.repeat(64) }],
  ['a signature that is cut', { sig: event.sig.slice(0, 126) }],
  ['a signature that is too long', { sig: `${event.sig}00` }],
  ['half a byte', { sig: event.sig.slice(0, 127) }],
  ['a signature that is no hex', { sig: `zz${event.sig.slice(2)}` }],
  ['no signature', { sig: '' }],
  ['a public key of zeros', { pubkey: '0'.repeat(64) }],
  ['a public key that is the prime', { pubkey: prime }],
  ['a public key that is on no curve', { pubkey: 'f'.repeat(64) }],
  ['a compressed public key', { pubkey: `02${event.pubkey}` }],
  ["somebody else's public key", { pubkey: source.publicKeyOf(bytesOf('another')) }],
  ['an id of another event', { id: flipped(event.id, 0) }],
  ['other contents', { content: 'other' }],
])('both refuse %s', (_, change) => {
  const spoilt = { ...event, ...change };
  // With the id that the contents give the signature alone decides.
  const isSerialisable = spoilt.pubkey.length === 64 && !('id' in change);
  const spoiltEvents = isSerialisable ? [spoilt, { ...spoilt, id: source.idOfEvent(spoilt) }] : [spoilt];
  for (const each of spoiltEvents) expect([built.verifyCopy(each), source.verifyCopy(each)]).toEqual([false, false]);
});
