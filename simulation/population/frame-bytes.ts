/** Bytes of frames as they are on the wire. Events of the simulation are short stand-ins; these are the sizes of what they stand for. */
import type { Filter } from '../../src/runtime/core/nostr';
import { paddedBytesOf } from '../../src/runtime/crypto/envelope';

/** Of an envelope, beside what is padded: version, nonce and tag (docs/protocol.md, section 2). */
const ENVELOPE_BYTES = 29;
/** RFC 6455: what a client sends is masked. */
const MASK_BYTES = 4;
const SUBSCRIPTION = 's12';

const EVENT_WITHOUT_CONTENT = JSON.stringify({
  ...{ id: 'f'.repeat(64), pubkey: 'f'.repeat(64), created_at: 1_780_000_000, kind: 30078 },
  ...{ tags: [['d', 'f'.repeat(32)]], content: '', sig: 'f'.repeat(128) },
}).length;

/** The JSON of an event with a payload that was deflated to so many bytes. */
export function eventBytes(deflatedBytes: number): number {
  const padded = paddedBytesOf(deflatedBytes);
  if (padded === undefined) throw new Error(`no event holds ${deflatedBytes} bytes`);
  return EVENT_WITHOUT_CONTENT + Math.ceil((padded + ENVELOPE_BYTES) / 3) * 4;
}

/** A frame from the relay. */
function downBytes(textBytes: number): number {
  return textBytes + (textBytes < 126 ? 2 : textBytes < 65_536 ? 4 : 10);
}

/** A frame to the relay. */
function upBytes(textBytes: number): number {
  return downBytes(textBytes) + MASK_BYTES;
}

const lengthOf = (message: readonly unknown[]): number => JSON.stringify(message).length;
// Each without what is written in place of its last item, which has one digit here.
const EVENT_UP = lengthOf(['EVENT', 0]) - 1;
const EVENT_DOWN = lengthOf(['EVENT', SUBSCRIPTION, 0]) - 1;
const OK = lengthOf(['OK', 'f'.repeat(64), true, '']);
const CLOSE_UP = upBytes(lengthOf(['CLOSE', SUBSCRIPTION]));

export const writeUp = (event: number): number => upBytes(EVENT_UP + event);
export const okDown = (isAccepted: boolean, reason: string): number =>
  downBytes(OK + (isAccepted ? 0 : 1) + reason.length);

/** The question and its CLOSE. */
export const questionUp = (filter: Filter): number => upBytes(lengthOf(['REQ', SUBSCRIPTION, filter])) + CLOSE_UP;
export const eventDown = (event: number): number => downBytes(EVENT_DOWN + event);
export const END_DOWN = downBytes(lengthOf(['EOSE', SUBSCRIPTION]));

/** What one relay, in turn, is asked for while somebody looks at the app and all relays are silent (docs/relays.md, section 4). */
export const HEARTBEAT = {
  up: upBytes(lengthOf(['REQ', 'probe', { ids: ['f'.repeat(64)], limit: 1 }])),
  down: downBytes(lengthOf(['EOSE', 'probe'])),
};
