/**
 * Reserved versions: seqs and nonces of a slot that stand in the ledger before they are used, so that an edit is sent while it is being recorded. A
 * reservation belongs to one run of one worker. What a former run has left may have been sent or not, so it is never used again; an event that bears it
 * is this device's own as long as nobody else can have made it (docs/protocol.md, section 2).
 */
import type { Reservation, SeqAndNonce, SlotRecord } from '../../persistence/ledger';

/** How many versions of a slot are reserved at once, and with how few left the next are. */
const RESERVED_AT_ONCE = 8;
const FEW_LEFT = 4;
/** Of former runs so many are remembered; an event under an older one is taken for a clone's. */
const REMEMBERED_FORMER = 64;

/** What is reserved of a slot. */
export interface Reserved {
  /** In the ledger, and free to be used in this order. */
  readonly free: readonly SeqAndNonce[];
  /** Of former runs. */
  readonly former: readonly SeqAndNonce[];
}

export const NOTHING_RESERVED: Reserved = { free: [], former: [] };

/** After a start: whatever the ledger has is a former run's. What is recorded as written needs no mention. */
export function afterRestart({ versions, former }: Reservation, record: SlotRecord | undefined): Reserved {
  const written = new Set((record?.history ?? []).map(([, nonce]) => nonce));
  const left = [...former, ...versions].filter(([, nonce]) => !written.has(nonce));
  return { free: [], former: left.slice(-REMEMBERED_FORMER) };
}

/** The seq of the next version: above all that were written or reserved. */
export function nextSeq(writtenSeq: number, { free, former }: Reserved): number {
  const [first] = free;
  return first && first[0] > writtenSeq ? first[0] : Math.max(writtenSeq, ...former.map(([seq]) => seq)) + 1;
}

/** The nonce that is reserved for a seq, and what is reserved without it and those before it. */
export function take(seq: number, reserved: Reserved): readonly [nonce: string | undefined, left: Reserved] {
  const nonce = reserved.free.find(([free]) => free === seq)?.[1];
  return [nonce, { ...reserved, free: reserved.free.filter(([free]) => free > seq) }];
}

/** What is to be reserved when a version is recorded; undefined while enough is left. */
export function renewed(seq: number, { free, former }: Reserved, newNonce: () => string): Reserved | undefined {
  if (free.length >= FEW_LEFT) return undefined;
  const last = Math.max(seq, ...free.map(([reserved]) => reserved), ...former.map(([reserved]) => reserved));
  const more = Array.from({ length: RESERVED_AT_ONCE - free.length }, (_, at) => [last + 1 + at, newNonce()] as const);
  return { former, free: [...free, ...more] };
}
