/**
 * Kinds that are served to their author only, after NIP-42, as NIP-78 asks for kind 30078 since September 2026. strfry calls it
 * `restrictedReadKinds` (src/ReadRestrictor.h at f8a56a8), nostream 3 `nip42.restrictedReads` (src/utils/nip42.ts at fd7f56a).
 */
import type { NostrEvent } from './event';
import type { Filter } from './filter';

export interface Restriction {
  /** Default: 30078. */
  readonly kinds: readonly number[];
  /** Writing them needs the author's key, too: nostream's `nip42.authRequired`. strfry has no such switch. Default false. */
  readonly writes: boolean;
  /** What somebody without a key gets who asks for such kinds only: a refusal (strfry, nostream), or EOSE without events. Default `refusal`. */
  readonly strangersGet: 'refusal' | 'nothing';
}

export interface RestrictionWords {
  readonly readRefused: string;
  readonly countRefused: string;
  /** Counting with another key than that of the author. */
  readonly countOfOthersRefused: string;
  readonly writeRefused: string;
}

export const plainRestriction: RestrictionWords = {
  readRefused: 'auth-required: reading needs NIP-42',
  countRefused: 'auth-required: reading needs NIP-42',
  countOfOthersRefused: 'restricted: not the authenticated author',
  writeRefused: 'auth-required: publishing needs NIP-42',
};

export const strfryRestriction: RestrictionWords = {
  ...plainRestriction,
  // sendClosedError puts "ERROR: " before every reason.
  readRefused: 'ERROR: auth-required: requested filter requires authentication',
  countRefused: 'ERROR: auth-required: requested filter requires authentication',
  countOfOthersRefused: 'ERROR: count-failed: can only count events you are involved in',
};

export const nostreamRestriction: RestrictionWords = {
  readRefused: 'auth-required: authentication is required to request these event kinds',
  countRefused: 'auth-required: authentication is required to count these event kinds',
  countOfOthersRefused: 'auth-required: authentication is required to count these event kinds',
  writeRefused: 'auth-required: authentication is required to publish events',
};

export function restrictionOf(given: Partial<Restriction> = {}): Restriction {
  return { kinds: [30_078], writes: false, strangersGet: 'refusal', ...given };
}

/** Whether somebody with these keys may see an event: its author, and whoever is named in a `p` tag. */
export function mayRead(restriction: Restriction | undefined, event: NostrEvent, keys: ReadonlySet<string>): boolean {
  if (!restriction?.kinds.includes(event.kind)) return true;
  return keys.has(event.pubkey) || event.tags.some(([name, key]) => name === 'p' && key !== undefined && keys.has(key));
}

/** Whether filters ask for restricted kinds only. Others are served, without the events of the restricted kinds. */
export function asksForRestrictedOnly(
  restriction: Restriction | undefined,
  filters: readonly Pick<Filter, 'kinds'>[],
): boolean {
  if (!restriction || restriction.kinds.length === 0 || filters.length === 0) return false;
  return filters.every(({ kinds }) => kinds && [...kinds].every((kind) => restriction.kinds.includes(kind)));
}

/** A count says nothing of single events: each filter with a restricted kind has to name own keys only. */
export function mayCount(
  restriction: Restriction | undefined,
  filters: readonly Filter[],
  keys: ReadonlySet<string>,
): boolean {
  if (!restriction) return true;
  const areOwn = (values: ReadonlySet<string> | undefined) =>
    values !== undefined && values.size > 0 && [...values].every((value) => keys.has(value));
  return filters
    .filter(({ kinds }) => kinds && [...kinds].some((kind) => restriction.kinds.includes(kind)))
    .every(({ authors, tags }) => areOwn(authors) || areOwn(tags.get('p')));
}
