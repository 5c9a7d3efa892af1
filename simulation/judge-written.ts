/** The oracle of a write: the app shows what it wrote, completed with defaults, but for the order of sets. */
import { isArray, sameValue, setProperty } from '../src/runtime/core/json';
import type { SyncDocument, SyncObject, SyncValue } from '../src/runtime/core/json';
import { canonicalJson } from '../src/runtime/crdt/json-value';
import { MergeStrategy } from '../src/runtime/crdt/merge-rules';
import type { MergeRules } from '../src/runtime/crdt/merge-rules';
import { completeDocument } from '../src/runtime/crdt/view';
import { documentShown } from '../src/runtime/storage/rxdb/app-view';
import { nameOf, registersOfRow, Verdict } from './chronicle';
import type { Chronicle } from './chronicle';
import { THINGS } from './collections';
import { countedPlaces, valueAt } from './counted-places';
import type { Attempt, Tab } from './tab';

export function judgeWritten(chronicle: Chronicle, { version }: Tab, attempt: Attempt): void {
  const { asked, shown, before, after } = attempt;
  if (!asked || !after) return;
  // What others have written to a document whose insert is still on its way shows beside what is inserted now.
  if (!shown && before && registersOfRow(chronicle.app, THINGS, before).deleted === undefined) return;
  const rules = chronicle.app.rulesOf[version][THINGS]!;
  const [is, wanted] = [documentShown(after, rules), completeDocument(asked, rules)];
  if (sameValue(is, wanted) || sameValue(inOrder(is, rules), inOrder(wanted, rules))) return;
  chronicle.find(
    Verdict.Violated,
    `${nameOf(`${THINGS}\u0000${asked.id as string}`)} shows ${JSON.stringify(is)}, and ${JSON.stringify(wanted)} was written over ${JSON.stringify(shown)}`,
  );
}

/** Each set without duplicates, and in one order. */
function inOrder(document: SyncDocument, rules: MergeRules): SyncDocument {
  let ordered = document;
  for (const { path, strategy } of countedPlaces(rules)) {
    const list = strategy === MergeStrategy.Set ? valueAt(document, path) : undefined;
    if (isArray(list)) ordered = withValueAt(ordered, path, [...new Set(list.map(canonicalJson))].sort());
  }
  return ordered;
}

function withValueAt(object: SyncObject, [key, ...below]: readonly string[], value: SyncValue): SyncObject {
  const copy: { [name: string]: SyncValue } = { ...object };
  setProperty(copy, key!, below.length > 0 ? withValueAt(object[key!] as SyncObject, below, value) : value);
  return copy;
}
