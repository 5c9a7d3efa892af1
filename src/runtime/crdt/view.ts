/**
 * The view: the document that a set of registers shows. It replays them in the order of their stamps: each makes its parents plain
 * objects, then replaces or removes what is at its path with all below it (docs/protocol.md, section 4). All inside is in Maps, so
 * that `__proto__` is a name like any other.
 */
import { isAlive } from './join';
import { NameKind, parseName } from './register-name';
import type { Name, Scalar } from './register-name';
import type { Register, Registers, Stamp } from './registers';
import { knownRule, MergeStrategy, OPEN_OBJECT, ruleOf } from './merge-rules';
import type { MergeRules, ObjectRule, Rule } from './merge-rules';
import { laterStamp } from './stamp';
import { canonicalJson, compareUtf8, isArray, isPlainObject, setProperty } from './json-value';
import type { SyncDocument, SyncObject, SyncValue } from '../core/json';

/**
 * What a living document with these registers shows, without its primary key. For a dead one it is what a new insert would find:
 * the little that was stamped after the deletion.
 */
export function viewOf(registers: Registers, rules: MergeRules): SyncObject {
  return completeObject(bareViewOf(registers, rules), rules.root);
}

/** The view before anything is filled in: a property that no register shows is absent. */
export function bareViewOf(registers: Registers, rules: MergeRules): SyncObject {
  return replay(registers, rules, registers.deleted);
}

/** The document as it is stored. A dead one shows what it held at last, so that those who still hold it can look. */
export function documentOf(id: string, registers: Registers, rules: MergeRules): SyncDocument {
  const view = replay(registers, rules, isAlive(registers) ? registers.deleted : undefined);
  return { [rules.primaryKey]: id, ...completeObject(view, rules.root) };
}

/** A document without the properties that only a newer version of the app knows. The same reference if it has none. */
export function knownPart(document: SyncDocument, rules: MergeRules): SyncDocument {
  return knownProperties(document, rules.root, rules.primaryKey);
}

/**
 * Fills in what the schema says of absent properties: defaults, empty sets and counters at their beginning. The same reference if
 * nothing is missing.
 */
export function completeDocument(document: SyncDocument, rules: MergeRules): SyncDocument {
  return completeObject(document, rules.root);
}

/**
 * The stamp at which what is below these parents began: shares of a counter that began at another one do not count. Null at the
 * document's first life.
 */
export function beginningOf(registers: Registers, name: Name): Stamp | null {
  let since = registers.deleted;
  for (const parent of name.parents) since = laterStamp(since, registers.leaves.get(parent)?.stamp);
  return since ?? null;
}

interface Shown {
  readonly text: string;
  readonly name: Name;
  readonly register: Register;
}

type ObjectNode = Map<string, Node>;
type Node = SyncValue | ObjectNode | SetNode | CounterNode;

class SetNode {
  readonly elements = new Map<string, { readonly element: Scalar; readonly added: Stamp | undefined }>();
}

class CounterNode {
  readonly shares = new Map<string, number>();
}

function replay(registers: Registers, rules: MergeRules, hiddenUpTo: Stamp | undefined): SyncObject {
  const { shown, isFlat } = shownRegisters(registers, rules, hiddenUpTo);
  // Registers of different top-level properties do not touch each other, so their order is nothing to the view.
  if (!isFlat)
    shown.sort((a, b) =>
      a.register.stamp < b.register.stamp || (a.register.stamp === b.register.stamp && a.text < b.text) ? -1 : 1,
    );
  const root: ObjectNode = new Map();
  for (const each of shown) apply(root, each);
  return toObject(root, rules.root);
}

function shownRegisters(registers: Registers, rules: MergeRules, hiddenUpTo: Stamp | undefined) {
  const shown: Shown[] = [];
  let isFlat = true;
  for (const [text, register] of registers.leaves) {
    if (hiddenUpTo !== undefined && register.stamp <= hiddenUpTo) continue;
    const name = parseName(text);
    if (!name || !isPlace(name, rules)) continue;
    if (name.kind === NameKind.Share && !countsNow(registers, name, register)) continue;
    // An empty object replaces what a leaf of its own name holds; elements and shares meet their like only where the schema says so.
    const isAlone =
      name.kind === NameKind.Leaf || (name.kind !== NameKind.EmptyObject && rules.root.properties.has(name.path[0]!));
    isFlat &&= name.path.length === 1 && isAlone;
    shown.push({ text, name, register });
  }
  return { shown, isFlat };
}

/** Whether the schema has a place for such a register. One of another strategy than its property's is kept, but never shown. */
function isPlace({ path, kind }: Name, { root, primaryKey }: MergeRules): boolean {
  if (path[0] === primaryKey) return false;
  let object = root;
  for (let depth = 0; depth < path.length; depth += 1) {
    const rule = knownRule(object, path[depth]!);
    if (!rule) return true;
    const isLast = depth === path.length - 1;
    if (rule.strategy !== MergeStrategy.Deep) return isLast && kind === kindOf(rule);
    if (isLast) return kind === NameKind.Leaf || kind === NameKind.EmptyObject;
    object = rule.object;
  }
  return true;
}

function kindOf({ strategy }: Rule): NameKind {
  if (strategy === MergeStrategy.Set) return NameKind.Element;
  return strategy === MergeStrategy.Counter ? NameKind.Share : NameKind.Leaf;
}

/** [since, sum] of a device's share of a counter. */
export type Share = readonly [since: Stamp | null, sum: number];

function countsNow(registers: Registers, name: Name, { value }: Register): boolean {
  return isArray(value) && value[0] === beginningOf(registers, name);
}

function apply(root: ObjectNode, { text, name, register: { stamp, value } }: Shown): void {
  let parent = root;
  for (let depth = 0; depth < name.path.length - 1; depth += 1) parent = objectAt(parent, name.path[depth]!);
  const key = name.path.at(-1)!;
  switch (name.kind) {
    case NameKind.Leaf:
      if (value === undefined) parent.delete(key);
      else parent.set(key, value);
      return;
    case NameKind.EmptyObject:
      objectAt(parent, key);
      return;
    case NameKind.Element:
      // An element's name ends with its canonical JSON, and no path has a plus sign in it.
      setAt(parent, key).elements.set(text.slice(text.indexOf('+') + 1), {
        element: name.element!,
        added: value === undefined ? undefined : stamp,
      });
      return;
    case NameKind.Share:
      counterAt(parent, key).shares.set(text, (value as unknown as Share)[1]);
  }
}

function objectAt(parent: ObjectNode, key: string): ObjectNode {
  const node = parent.get(key);
  if (node instanceof Map) return node;
  const made: ObjectNode = new Map(isPlainObject(node) ? Object.entries(node) : []);
  parent.set(key, made);
  return made;
}

function setAt(parent: ObjectNode, key: string): SetNode {
  const node = parent.get(key);
  if (node instanceof SetNode) return node;
  const made = new SetNode();
  parent.set(key, made);
  return made;
}

function counterAt(parent: ObjectNode, key: string): CounterNode {
  const node = parent.get(key);
  if (node instanceof CounterNode) return node;
  const made = new CounterNode();
  parent.set(key, made);
  return made;
}

function toObject(node: ObjectNode, rule: ObjectRule): SyncObject {
  const object: { [key: string]: SyncValue } = {};
  for (const [key, child] of node) setProperty(object, key, toValue(child, ruleOf(rule, key)));
  return object;
}

function toValue(node: Node, rule: Rule): SyncValue {
  if (node instanceof Map) return toObject(node, rule.object);
  if (node instanceof SetNode) return toElements(node, rule.default);
  return node instanceof CounterNode ? toSum(node, rule.default) : node;
}

/** By (stamp of adding, element). Elements of the default that nobody has added or removed come first. */
function toElements({ elements }: SetNode, standard: SyncValue | undefined): SyncValue {
  const present: { json: string; element: Scalar; added: Stamp }[] = [];
  for (const [json, { element, added }] of elements) if (added !== undefined) present.push({ json, element, added });
  for (const element of isArray(standard) ? (standard as readonly Scalar[]) : []) {
    const json = canonicalJson(element);
    if (!elements.has(json)) present.push({ json, element, added: '' });
  }
  present.sort((a, b) => (a.added === b.added ? compareUtf8(a.json, b.json) : a.added < b.added ? -1 : 1));
  return present.map(({ element }) => element);
}

/** Sums of fractions depend on the order, so the order is that of the devices. Each share is bounded, and so is what they come to. */
function toSum({ shares }: CounterNode, standard: SyncValue | undefined): number {
  const ordered = [...shares].sort(([a], [b]) => (a < b ? -1 : 1));
  return boundedSum(ordered.reduce((sum, [, share]) => sum + share, typeof standard === 'number' ? standard : 0));
}

/** The sum within what JSON and every device can count with. */
export function boundedSum(sum: number): number {
  return Math.min(Math.max(sum, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

/** The same for an object in a document. */
export function completeObject(object: SyncObject, rule: ObjectRule): SyncObject {
  let completed: { [key: string]: SyncValue } | undefined;
  for (const [key, property] of rule.properties) {
    const value = Object.hasOwn(object, key) ? object[key] : undefined;
    const completedValue = completeValue(value, property);
    if (completedValue === undefined || completedValue === value) continue;
    completed ??= copyOf(object);
    setProperty(completed, key, completedValue);
  }
  if (rule.patterns.length === 0 && !rule.other) return completed ?? object;
  for (const key of Object.keys(object)) {
    if (rule.properties.has(key)) continue;
    const completedValue = completeValue(object[key], ruleOf(rule, key))!;
    if (completedValue === object[key]) continue;
    completed ??= copyOf(object);
    setProperty(completed, key, completedValue);
  }
  return completed ?? object;
}

/** The same for the value of a property; what it lacks is undefined. */
export function completeValue(
  value: SyncValue | undefined,
  { strategy, default: standard, object, parts = object }: Rule,
): SyncValue | undefined {
  // Not what is null: that is a value, which the schema of neither takes.
  if (value === undefined && strategy === MergeStrategy.Set) return isArray(standard) ? standard : [];
  if (value === undefined && strategy === MergeStrategy.Counter) return typeof standard === 'number' ? standard : 0;
  const known = value === undefined ? standard : value;
  return parts !== OPEN_OBJECT && isPlainObject(known) ? completeObject(known, parts) : known;
}

function knownProperties(object: SyncObject, rule: ObjectRule, primaryKey?: string): SyncObject {
  let known: { [key: string]: SyncValue } | undefined;
  for (const key of Object.keys(object)) {
    const property = knownRule(rule, key);
    if (!property && !rule.isOpen && key !== primaryKey) {
      known ??= copyOf(object);
      delete known[key];
      continue;
    }
    const value = object[key]!;
    if (!property || property.object === OPEN_OBJECT || !isPlainObject(value)) continue;
    const knownValue = knownProperties(value, property.object);
    if (knownValue === value) continue;
    known ??= copyOf(object);
    setProperty(known, key, knownValue);
  }
  return known ?? object;
}

/** A shallow copy that is safe for every name, unlike an assignment. */
const copyOf = (object: SyncObject): { [key: string]: SyncValue } => ({ ...object });
