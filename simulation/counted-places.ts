/** Where a schema has sets and counters, at any depth, and what a document and its registers have there. */
import { isPlainObject, ownProperty } from '../src/runtime/core/json';
import type { SyncDocument, SyncValue } from '../src/runtime/core/json';
import { beginningOf } from '../src/runtime/crdt/view';
import { MergeStrategy } from '../src/runtime/crdt/merge-rules';
import type { MergeRules, ObjectRule } from '../src/runtime/crdt/merge-rules';
import { leafName, NameKind, parseName, shareName } from '../src/runtime/crdt/register-name';
import type { Register, Registers, Stamp } from '../src/runtime/crdt/registers';

export interface CountedPlace {
  readonly strategy: MergeStrategy.Set | MergeStrategy.Counter;
  readonly path: readonly string[];
  /** What the names of its registers begin with. */
  readonly name: string;
  readonly standard: SyncValue | undefined;
}

const places = new WeakMap<MergeRules, readonly CountedPlace[]>();

export function countedPlaces(rules: MergeRules): readonly CountedPlace[] {
  let known = places.get(rules);
  if (!known) places.set(rules, (known = [...placesIn(rules.root, [], '')]));
  return known;
}

function* placesIn(object: ObjectRule, parents: readonly string[], parent: string): Iterable<CountedPlace> {
  for (const [key, { strategy, default: standard, object: inner }] of object.properties) {
    const [path, name] = [[...parents, key], leafName(parent, key)];
    if (strategy === MergeStrategy.Set || strategy === MergeStrategy.Counter) yield { strategy, path, name, standard };
    else yield* placesIn(inner, path, name);
  }
}

/** Undefined where the document has no such property, or nothing that could have it. */
export function valueAt(document: SyncDocument | undefined, path: readonly string[]): SyncValue | undefined {
  let value: SyncValue | undefined = document;
  for (const key of path) value = isPlainObject(value) ? ownProperty(value, key) : undefined;
  return value;
}

export const numberAt = (document: SyncDocument | undefined, { path, standard = 0 }: CountedPlace): number =>
  (valueAt(document, path) ?? standard) as number;

/** The sign may be in the element of a set, too. */
export const isShare = (name: string): boolean => /^[^+]*#/.test(name);

/** [since, sum] of one device. */
export type Share = readonly [since: Stamp | null, sum: number];

const shareIn = (register: Register | undefined): Share | undefined => register?.value as unknown as Share | undefined;

/** Sums by author that count now, '' for what is held apart. */
export function sharesOf(registers: Registers, name: string): ReadonlyMap<string, number> {
  const began = beginningOf(registers, parseName(shareName(name, ''))!);
  const shares = new Map<string, number>();
  for (const [own, register] of registers.leaves) {
    if (!own.startsWith(`${name}#`)) continue;
    const [since, sum] = shareIn(register)!;
    if (since === began) shares.set(own.slice(name.length + 1), sum);
  }
  return shares;
}

/** A number of quarters, of which any that a counter here can hold is whole. */
export const exactly = (count: number): bigint => BigInt(count * 4);

/** What one write has added to a counter. */
export interface Increment {
  /** Of the counter, as its registers begin. */
  readonly name: string;
  readonly since: Stamp | null;
  readonly delta: bigint;
}

export function incrementsOf(before: Registers, written: Registers): readonly Increment[] {
  const increments: Increment[] = [];
  for (const [name, { value }] of written.leaves) {
    const parts = parseName(name);
    if (parts?.kind !== NameKind.Share) continue;
    const [since, sum] = value as unknown as Share;
    const was = shareIn(before.leaves.get(name));
    const delta = exactly(sum) - (was && was[0] === since ? exactly(was[1]) : 0n);
    increments.push({ name: name.slice(0, name.indexOf('#')), since, delta });
  }
  return increments;
}
