/**
 * Filters of REQ and COUNT (NIP-01): parsing with the strictness of the relay that is imitated, and matching.
 */
import { isCount, isHex, isRecord } from './event';
import type { NostrEvent } from './event';

export interface Filter {
  readonly ids?: ReadonlySet<string>;
  readonly authors?: ReadonlySet<string>;
  readonly kinds?: ReadonlySet<number>;
  /** Tag name (one letter) -> accepted values. */
  readonly tags: ReadonlyMap<string, ReadonlySet<string>>;
  readonly since?: number;
  readonly until?: number;
  readonly limit?: number;
}

export function parseFilter(value: unknown, maxTagFilters: number): Filter | { readonly reason: string } {
  if (!isRecord(value)) return { reason: 'filter is not an object' };
  const tags = new Map<string, ReadonlySet<string>>();
  const filter: { -readonly [key in keyof Filter]: Filter[key] } = { tags };
  for (const [key, operand] of Object.entries(value)) {
    if (key === 'ids' || key === 'authors') {
      if (!Array.isArray(operand) || !operand.every((item) => isHex(item, 64))) {
        return { reason: `${key} are not arrays of 64 lower-case hex digits` };
      }
      filter[key] = new Set(operand);
    } else if (key === 'kinds') {
      if (!Array.isArray(operand) || !operand.every(isCount)) return { reason: 'kinds are not an array of numbers' };
      filter.kinds = new Set(operand);
    } else if (key === 'since' || key === 'until' || key === 'limit') {
      if (!isCount(operand)) return { reason: `${key} is not a number` };
      filter[key] = operand;
    } else if (/^#[a-zA-Z]$/.test(key)) {
      if (!Array.isArray(operand) || !operand.every((item) => typeof item === 'string')) {
        return { reason: `${key} is not an array of strings` };
      }
      tags.set(key.slice(1), new Set(operand));
    } else {
      return { reason: `unrecognised filter item ${JSON.stringify(key.slice(0, 64))}` };
    }
  }
  if (tags.size > maxTagFilters) return { reason: 'too many tags in filter' };
  return filter;
}

export function matches(filter: Filter, event: NostrEvent): boolean {
  if (filter.ids && !filter.ids.has(event.id)) return false;
  if (filter.authors && !filter.authors.has(event.pubkey)) return false;
  if (filter.kinds && !filter.kinds.has(event.kind)) return false;
  if (filter.since !== undefined && event.created_at < filter.since) return false;
  if (filter.until !== undefined && event.created_at > filter.until) return false;
  for (const [name, values] of filter.tags) {
    if (!event.tags.some((tag) => tag[0] === name && tag[1] !== undefined && values.has(tag[1]))) return false;
  }
  return true;
}
