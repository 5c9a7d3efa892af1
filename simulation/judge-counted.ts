/** The oracles of what adds up: counters count every increment, and sets hold what was put into them and not taken out. */
import type { SyncDocument, SyncValue } from '../src/runtime/core/json';
import { canonicalJson } from '../src/runtime/crdt/json-value';
import { isAlive } from '../src/runtime/crdt/join';
import { MergeStrategy } from '../src/runtime/crdt/merge-rules';
import type { MergeRules } from '../src/runtime/crdt/merge-rules';
import { parseName, shareName } from '../src/runtime/crdt/register-name';
import type { Registers } from '../src/runtime/crdt/registers';
import { SEED_AUTHOR } from '../src/runtime/crdt/stamp';
import { beginningOf } from '../src/runtime/crdt/view';
import { nameOf, Verdict } from './chronicle';
import type { Chronicle, Edit } from './chronicle';
import { countedPlaces, exactly, sharesOf, valueAt } from './counted-places';
import type { CountedPlace } from './counted-places';
import type { State } from './oracles';

const MOST = Number.MAX_SAFE_INTEGER;

interface Sum {
  readonly key: string;
  readonly name: string;
  least: bigint;
  most: bigint;
}

/** All increments of those who live; of the dead at least what was durable. */
export function judgeIncrements(chronicle: Chronicle, state: State, isRequired: (edit: Edit) => boolean): void {
  const sums = new Map<string, Sum>();
  for (const edit of chronicle.edits) {
    const { key } = edit;
    const final = state.get(key);
    for (const { name, since, delta } of edit.increments) {
      const sum = sums.get(key + name) ?? { key, name, least: 0n, most: 0n };
      sums.set(key + name, sum);
      if (since !== (final ? beginningOf(final, parseName(shareName(name, ''))!) : null)) continue;
      // An insert may take back what it found of an earlier life.
      if (isRequired(edit) || delta < 0n) sum.least += delta;
      if (isRequired(edit) || delta > 0n) sum.most += delta;
    }
  }
  for (const { key, name, least, most } of sums.values()) {
    const final = state.get(key);
    if (!final || !isAlive(final) || chronicle.miscounting.has(key)) continue;
    let counted = 0n;
    // What a seed began with was counted by nobody.
    for (const [author, share] of sharesOf(final, name)) if (author !== SEED_AUTHOR) counted += exactly(share);
    if (counted < least || counted > most)
      chronicle.find(
        Verdict.Lost,
        `${nameOf(key)}${name} counts ${counted} quarters, it should be ${least}${most > least ? ` to ${most}` : ''}`,
      );
  }
}

/** What a living document shows of its sets and counters, which is judged by its registers. */
export function judgeCounted(chronicle: Chronicle, rules: MergeRules, shown: SyncDocument, registers: Registers): void {
  for (const place of countedPlaces(rules)) {
    const value = valueAt(shown, place.path);
    // The object that it is in is not there, or an older version of the app does not have it.
    if (value === undefined) continue;
    const why =
      place.strategy === MergeStrategy.Set
        ? wrongSet(registers, place, value)
        : wrongCount(chronicle, registers, place, value);
    if (why !== undefined)
      chronicle.find(Verdict.Violated, `${JSON.stringify(shown[rules.primaryKey])}${place.name} ${why}`);
  }
}

/** A set has exactly the elements that are present: those of its default until somebody removes them. */
function wrongSet(registers: Registers, { name, standard = [] }: CountedPlace, value: SyncValue): string | undefined {
  const present = new Set((standard as readonly SyncValue[]).map(canonicalJson));
  const began = beginningOf(registers, parseName(shareName(name, ''))!);
  for (const [own, { value: isPresent, stamp }] of registers.leaves) {
    if (!own.startsWith(`${name}+`) || (began !== null && stamp < began) || stamp === registers.deleted) continue;
    const element = own.slice(name.length + 1);
    if (isPresent) present.add(element);
    else present.delete(element);
  }
  const elements = (value as readonly SyncValue[]).map(canonicalJson);
  if (elements.length === present.size && elements.every((element) => present.has(element))) return undefined;
  return `shows the set ${elements.join()}, present are ${[...present].join()}`;
}

/** A counter shows the sum of all shares, within what can be counted; and no share is beyond it. */
function wrongCount(
  chronicle: Chronicle,
  registers: Registers,
  { name, standard = 0 }: CountedPlace,
  value: SyncValue,
): string | undefined {
  const shares = [...sharesOf(registers, name).values()];
  const beyond = shares.find((share) => Math.abs(share) > MOST);
  if (beyond !== undefined) return `has a share of ${beyond}`;
  const sum = shares.reduce((total, share) => total + exactly(share), exactly(standard as number));
  const [least, most] = [exactly(-MOST), exactly(MOST)];
  const within = sum < least ? least : sum > most ? most : sum;
  if (sum !== within) chronicle.count('counter.beyond');
  if (Math.abs(value as number) > MOST / 2) chronicle.count('counter.near-limit');
  // On the way to the sum of several large numbers there are larger ones, which are rounded.
  const rounding = [standard as number, ...shares].some((share) => Math.abs(share) > MOST / 4)
    ? BigInt(8 * shares.length)
    : 0n;
  const error = exactly(value as number) - within;
  return error <= rounding && error >= -rounding ? undefined : `shows ${String(value)}, the sum is ${within} quarters`;
}
