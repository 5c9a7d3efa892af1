/** The oracle of a write: the app shows what it wrote, completed with defaults, but for the order of sets. */
import { isArray, sameValue, setProperty } from '../src/runtime/core/json';
import type { SyncDocument, SyncObject, SyncValue } from '../src/runtime/core/json';
import { canonicalJson } from '../src/runtime/crdt/json-value';
import type { MergeRules } from '../src/runtime/crdt/merge-rules';
import type { Registers } from '../src/runtime/crdt/registers';
import { completeDocument } from '../src/runtime/crdt/view';
import { documentShown } from '../src/runtime/storage/rxdb/app-view';
import { nameOf, registersOfRow, Verdict } from './chronicle';
import type { Chronicle } from './chronicle';
import { THINGS } from './collections';
import { countedPlaces, sharesOf, valueAt } from './counted-places';
import type { CountedPlace } from './counted-places';
import type { Attempt, Tab } from './tab';

export function judgeWritten(chronicle: Chronicle, { version }: Tab, attempt: Attempt): void {
  const { asked, shown, before, after } = attempt;
  if (!asked || !after) return;
  // What others have written to a document whose insert is still on its way shows beside what is inserted now.
  if (!shown && before && registersOfRow(chronicle.app, THINGS, before).deleted === undefined) return;
  const rules = chronicle.app.rulesOf[version][THINGS]!;
  const [is, wanted] = [documentShown(after, rules), completeDocument(asked, rules)];
  if (sameValue(is, wanted)) return;
  const registers = registersOfRow(chronicle.app, THINGS, after);
  const comparable = (document: SyncDocument) => comparablePart(document, registers, rules);
  if (sameValue(comparable(is), comparable(wanted))) return;
  chronicle.find(
    Verdict.Violated,
    `${nameOf(`${THINGS}\u0000${asked.id as string}`)} shows ${JSON.stringify(is)}, and ${JSON.stringify(wanted)} was written over ${JSON.stringify(shown)}`,
  );
}

/**
 * Each set without duplicates, and in one order. No counter with a share near its limit: the sum may be beyond it, or be rounded on the way
 * (`judgeCounted` says how far).
 */
function comparablePart(document: SyncDocument, registers: Registers, rules: MergeRules): SyncDocument {
  let ordered = document;
  for (const place of countedPlaces(rules)) {
    const { path } = place;
    const value = valueAt(document, path);
    if (isArray(value)) ordered = withValueAt(ordered, path, [...new Set(value.map(canonicalJson))].sort());
    else if (value !== undefined && hasLargeShare(registers, place)) ordered = withValueAt(ordered, path, 0);
  }
  return ordered;
}

const hasLargeShare = (registers: Registers, { name, standard }: CountedPlace): boolean =>
  [standard, ...sharesOf(registers, name).values()].some(
    (count) => Math.abs(Number(count)) > Number.MAX_SAFE_INTEGER / 4,
  );

function withValueAt(object: SyncObject, [key, ...below]: readonly string[], value: SyncValue): SyncObject {
  const copy: { [name: string]: SyncValue } = { ...object };
  setProperty(copy, key!, below.length > 0 ? withValueAt(object[key!] as SyncObject, below, value) : value);
  return copy;
}
