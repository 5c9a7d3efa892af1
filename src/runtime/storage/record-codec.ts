/**
 * A document as RxDB stores it: visible values in the document, everything else of its registers in `_meta.zbs`. One record, written
 * in one transaction, so document and merge state are never of different age.
 *
 * `_meta.zbs` is JSON text. The storage below looks into objects and changes some of their keys; a text it leaves alone, and it is
 * cloned faster. Names are written out, so that a record can be read without the schema that it was written under.
 */
import { readRegister } from '../crdt/entry';
import { isAlive, registersOf } from '../crdt/join';
import { NameKind, parseName } from '../crdt/register-name';
import type { Register, Registers, Stamp } from '../crdt/registers';
import type { MergeRules } from '../crdt/merge-rules';
import { seedRegisters } from '../crdt/local-write';
import { isStamp, seedStamp } from '../crdt/stamp';
import { isArray, isPlainObject, isStorableKey } from '../crdt/json-value';
import { documentOf } from '../crdt/view';
import type { SyncDocument, SyncValue } from '../core/json';

/** What the kit adds to a stored document's `_meta`. */
export interface MergeMeta {
  readonly zbs?: string;
}

/** A document with RxDB's own fields, as far as the merge needs them. */
export interface StoredRecord {
  readonly [property: string]: unknown;
  readonly _deleted: boolean;
  readonly _meta: MergeMeta & { readonly lwt: number };
}

export interface EncodedRecord {
  /** The document with its primary key, without RxDB's fields. */
  readonly document: SyncDocument;
  readonly isDeleted: boolean;
  readonly zbs: string;
  readonly registers: Registers;
}

/** The JSON of `_meta.zbs`. */
interface Packed {
  /** `inserted` and `deleted`. */
  readonly i?: Stamp | undefined;
  readonly d?: Stamp | undefined;
  /** Names by stamp whose values are in the document, or, for elements of sets, in the name. */
  readonly v?: readonly StampAndNames[] | undefined;
  /** Names of tombstones by stamp. */
  readonly t?: readonly StampAndNames[] | undefined;
  /** Registers that the document does not show. */
  readonly h?: { readonly [name: string]: readonly [Stamp, SyncValue] } | undefined;
}

/** A `Packed`, as far as one can be sure of what is stored. */
type Unpacked = { readonly [Key in keyof Packed]?: unknown };

/** '' stands for `inserted`. Not an object with stamps as keys: engines are slow with keys that never come again. */
type StampAndNames = readonly [stamp: Stamp, ...names: string[]];
type NamesByStamp = Map<Stamp, [Stamp, ...string[]]>;

export function encodeRecord(id: string, registers: Registers, rules: MergeRules): EncodedRecord {
  const { inserted, deleted, leaves } = registers;
  const document = documentOf(id, storablePart(registers), rules);
  let visible: NamesByStamp | undefined;
  let tombstones: NamesByStamp | undefined;
  let hidden: { [name: string]: readonly [Stamp, SyncValue] } | undefined;
  for (const [name, { stamp, value }] of leaves) {
    const key = stamp === inserted ? '' : stamp;
    if (value === undefined) tombstones = withName(tombstones, key, name);
    else if (isTold(document, name, value)) visible = withName(visible, key, name);
    else (hidden ??= {})[name] = [stamp, value];
  }
  // JSON leaves out what is undefined.
  const packed: Packed = {
    i: inserted,
    d: deleted,
    v: visible && [...visible.values()],
    t: tombstones && [...tombstones.values()],
    h: hidden,
  };
  return { document, isDeleted: !isAlive(registers), zbs: JSON.stringify(packed), registers };
}

function withName(names: NamesByStamp | undefined, stamp: Stamp, name: string): NamesByStamp {
  if (!names) return new Map([[stamp, [stamp, name]]]);
  const known = names.get(stamp);
  if (known) known.push(name);
  else names.set(stamp, [stamp, name]);
  return names;
}

/** Several modules look at each record that is written, and a record never changes. */
const decoded = new WeakMap<StoredRecord, Registers>();

/** The encoded record as it is stored, with RxDB's own fields. Whoever is told of this very object need not decode it. */
export function storedRecord(
  { document, isDeleted, zbs, registers }: EncodedRecord,
  { _rev, _attachments, _meta }: Pick<StoredRecord, '_rev' | '_attachments' | '_meta'>,
): StoredRecord {
  // Several times faster than spreads with more properties after them.
  const meta = Object.assign({}, _meta, { zbs });
  const record = Object.assign({}, document, { _deleted: isDeleted, _attachments, _rev, _meta: meta });
  decoded.set(record, registers);
  return record;
}

/**
 * The registers of a stored document. One without merge state (the app had it before the kit, or a backup restored it) is a seed:
 * below everything that a user wrote on any device.
 */
export function decodeRecord(record: StoredRecord, rules: MergeRules): Registers {
  const known = decoded.get(record);
  if (known) return known;
  const packed = unpack(record._meta.zbs);
  if (!packed)
    return record._deleted ? { deleted: seedStamp(), leaves: new Map() } : seedRegisters(appPart(record), rules);
  const registers = unpackedRegisters(record, packed);
  decoded.set(record, registers);
  return registers;
}

/** What is damaged in it, such as a stamp that is none, is left out alone. */
function unpackedRegisters(record: StoredRecord, { i, d, v, t, h }: Unpacked): Registers {
  const leaves = new Map<string, Register>();
  const inserted = isStamp(i) ? i : undefined;
  forEachName(v, inserted, (name, stamp) => {
    const value = valueTold(record, name);
    if (value !== undefined) leaves.set(name, { stamp, value });
  });
  forEachName(t, inserted, (name, stamp) => {
    if (parseName(name)) leaves.set(name, { stamp });
  });
  if (isPlainObject(h))
    for (const name of Object.keys(h)) {
      const register = readRegister(name, h[name]!);
      if (register) leaves.set(name, register);
    }
  return registersOf(inserted, isStamp(d) ? d : undefined, leaves);
}

/** @param groups `StampAndNames`, or anything else. */
function forEachName(groups: unknown, inserted: Stamp | undefined, take: (name: string, stamp: Stamp) => void): void {
  if (!isArray(groups)) return;
  for (const group of groups) {
    if (!isArray(group)) continue;
    const stamp = group[0] === '' ? inserted : group[0];
    if (!isStamp(stamp)) continue;
    for (let at = 1; at < group.length; at += 1) {
      const name = group[at];
      if (typeof name === 'string') take(name, stamp);
    }
  }
}

/** The document without RxDB's own fields. */
export function appPart({ _deleted, _meta, _rev, _attachments, ...document }: StoredRecord): SyncDocument {
  return document as SyncDocument;
}

/** Whether decoding finds this very value without being told. The view hands values on by reference. */
function isTold(document: SyncDocument, name: string, value: SyncValue): boolean {
  return valueTold(document, name) === value;
}

function valueTold(document: { readonly [property: string]: unknown }, name: string): SyncValue | undefined {
  const parts = parseName(name);
  if (parts?.kind === NameKind.Element) return true;
  if (parts?.kind !== NameKind.Leaf) return undefined;
  let value: unknown = document;
  for (const key of parts.path) {
    if (!isPlainObject(value) || !Object.hasOwn(value, key)) return undefined;
    value = (value as { readonly [key: string]: unknown })[key];
  }
  return value as SyncValue;
}

/** Without registers whose property names the local database would change: they stay hidden, and are handed on as they are. */
function storablePart(registers: Registers): Registers {
  let leaves: Map<string, Register> | undefined;
  for (const [name, register] of registers.leaves) {
    if (isStorable(name, register)) continue;
    leaves ??= new Map(registers.leaves);
    leaves.delete(name);
  }
  return leaves ? registersOf(registers.inserted, registers.deleted, leaves) : registers;
}

function isStorable(name: string, { value }: Register): boolean {
  return (!name.includes('__') || (parseName(name)?.path.every(isStorableKey) ?? false)) && hasStorableKeys(value);
}

function hasStorableKeys(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (isArray(value)) return value.every(hasStorableKeys);
  return Object.entries(value).every(([key, nested]) => isStorableKey(key) && hasStorableKeys(nested));
}

function unpack(zbs: unknown): Unpacked | undefined {
  if (typeof zbs !== 'string') return undefined;
  try {
    const packed: unknown = JSON.parse(zbs);
    return isPlainObject(packed) ? packed : undefined;
  } catch {
    return undefined;
  }
}
