/**
 * A local write as registers: what the app changed in a document, and nothing else (docs/protocol.md, section 4). Pure: the stamp
 * comes from the caller, and the document's view afterwards is what was written, but for the order of sets.
 */
import { ErrorCode, SyncError } from '../core/errors';
import type { SyncDocument, SyncObject, SyncValue } from '../core/json';
import { isAlive, registersOf } from './join';
import { emptyObjectName, leafName, NameKind, parseName, shareName } from './register-name';
import { isTooLarge, MAX_REGISTER_BYTES, registerBytes } from './register-size';
import type { Register, Registers, Stamp } from './registers';
import { MergeStrategy, ruleOf } from './merge-rules';
import type { MergeRules, ObjectRule, Rule } from './merge-rules';
import { authorOf, seedStamp } from './stamp';
import { canonicalJson, isArray, isPlainObject, sameValue } from './json-value';
import { beginningOf, completeDocument, completeObject, knownPart, viewOf } from './view';
import type { Share } from './view';

export interface LocalWrite {
  /** What the store holds of the document, hidden registers included; no registers for a new one. */
  readonly before: Registers;
  /** The document that the app wrote, clean (`cleanValue`) and without RxDB's fields; null for a deletion. */
  readonly after: SyncDocument | null;
  readonly rules: MergeRules;
  /** Above every stamp of `before`; see `nextStamp`. */
  readonly stamp: Stamp;
  /**
   * Counts on a share without a name, which is never published. For a device that does not know yet whether it is a clone:
   * two devices adding to one share would lose increments. `settleShares` gives it to its device later.
   */
  readonly holdShares?: boolean;
}

/**
 * The registers after the write; `before` itself (the same reference) if it changed nothing.
 * @throws SyncError VALUE_TOO_LARGE with the path and the limit.
 */
export function registersAfterWrite({ before, after, rules, stamp, holdShares = false }: LocalWrite): Registers {
  if (after === null) return isAlive(before) ? registersOf(before.inserted, stamp, before.leaves) : before;
  const isInsert = !isAlive(before);
  const write = new Write(before, stamp, isInsert, holdShares ? '' : authorOf(stamp));
  const { [rules.primaryKey]: _id, ...target } = completeDocument(after, rules);
  write.object(knownPart(viewOf(before, rules), rules), target, rules.root, '');
  if (isInsert) return registersOf(stamp, before.deleted, write.leaves ?? before.leaves);
  return write.leaves ? registersOf(before.inserted, before.deleted, write.leaves) : before;
}

/**
 * Defaults of the app, or documents that were there before the kit, as registers below everything a user wrote: to be joined, as if
 * received. The same documents give the same registers on every device.
 */
export function seedRegisters(document: SyncDocument, rules: MergeRules, version = 0): Registers {
  return registersAfterWrite({ before: { leaves: new Map() }, after: document, rules, stamp: seedStamp(version) });
}

/** Whether the register stays on this device until `settleShares`. */
export const isHeldApart = (name: string): boolean => name.endsWith('#') && parseName(name)?.kind === NameKind.Share;

/**
 * Adds what was counted apart to the shares of the device. `registers` itself if nothing was.
 * @param stamp above every stamp of the document; its author is the device.
 */
export function settleShares(registers: Registers, stamp: Stamp): Registers {
  const held = [...registers.leaves].filter(([name]) => isHeldApart(name));
  if (held.length === 0) return registers;
  const leaves = new Map(registers.leaves);
  for (const [name, register] of held) {
    leaves.delete(name);
    const [since, sum] = register.value as unknown as Share;
    // A share that began before the last deletion counts no more.
    if (since !== beginningOf(registers, parseName(name)!)) continue;
    const own = name + authorOf(stamp);
    const value: Share = [since, sumSince(registers.leaves.get(own), since) + sum];
    leaves.set(own, { stamp, value });
  }
  return registersOf(registers.inserted, registers.deleted, leaves);
}

function sumSince(register: Register | undefined, since: Stamp | null): number {
  const share = register?.value as unknown as Share | undefined;
  return share && share[0] === since ? share[1] : 0;
}

/** Collects the registers of one write. `base` is what the app saw of the document, `target` what it wants to see. */
class Write {
  leaves: Map<string, Register> | undefined;

  constructor(
    private readonly before: Registers,
    private readonly stamp: Stamp,
    private readonly isInsert: boolean,
    private readonly author: string,
  ) {}

  object(base: SyncObject, target: SyncObject, rule: ObjectRule, path: string): void {
    for (const key of Object.keys(target)) {
      const value = target[key];
      if (value !== undefined) this.property(own(base, key), value, ruleOf(rule, key), leafName(path, key));
    }
    for (const key of Object.keys(base)) {
      if (own(target, key) === undefined) this.set(leafName(path, key), undefined);
    }
  }

  private property(base: SyncValue | undefined, value: SyncValue, rule: Rule, name: string): void {
    switch (rule.strategy) {
      case MergeStrategy.Set:
        return this.elements(elementsOf(base), elementsOf(value), elementsOf(rule.default), name);
      case MergeStrategy.Counter:
        return this.share(numberOf(value) - numberOf(base), name);
      case MergeStrategy.Atomic:
        return this.leaf(base, value, rule, name);
      case MergeStrategy.Deep:
        if (isPlainObject(value)) return this.nested(base, value, rule, name);
        return this.leaf(base, value, rule, name);
    }
  }

  /** An insert writes every leaf, even one that a hidden register equals; but a default was chosen by no user. */
  private leaf(base: SyncValue | undefined, value: SyncValue, rule: Rule, name: string): void {
    if (sameValue(base, value) && (!this.isInsert || sameValue(value, rule.default))) return;
    this.set(name, value);
  }

  private nested(base: SyncValue | undefined, value: SyncObject, rule: Rule, name: string): void {
    const wasObject = isPlainObject(base);
    const written = this.leaves?.size;
    this.object(wasObject ? base : completeObject({}, rule.object), value, rule.object, name);
    if (!wasObject && this.leaves?.size === written) this.set(emptyObjectName(name), undefined);
  }

  private elements(base: ReadonlySet<string>, value: ReadonlySet<string>, standard: ReadonlySet<string>, name: string) {
    for (const element of value) {
      if (base.has(element) && (!this.isInsert || standard.has(element))) continue;
      this.set(`${name}+${element}`, true);
    }
    for (const element of base) if (!value.has(element)) this.set(`${name}+${element}`, undefined);
  }

  private share(delta: number, name: string): void {
    if (delta === 0) return;
    const text = shareName(name, this.author);
    const since = beginningOf(this.before, parseName(text)!);
    this.set(text, [since, sumSince(this.before.leaves.get(text), since) + delta]);
  }

  private set(name: string, value: SyncValue | undefined): void {
    refuseTooLarge(name, value);
    this.leaves ??= new Map(this.before.leaves);
    this.leaves.set(name, value === undefined ? { stamp: this.stamp } : { stamp: this.stamp, value });
  }
}

const own = (object: SyncObject, key: string): SyncValue | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined;
const numberOf = (value: SyncValue | undefined): number => (typeof value === 'number' ? value : 0);

/** Elements as canonical JSON, which is also what their names end with. */
function elementsOf(value: SyncValue | undefined): ReadonlySet<string> {
  return new Set(isArray(value) ? value.map(canonicalJson) : []);
}

function refuseTooLarge(name: string, value: SyncValue | undefined): void {
  if (!isTooLarge(name, value)) return;
  throw new SyncError(
    ErrorCode.ValueTooLarge,
    `The value at ${pathOf(name)} takes ${registerBytes(name, value)} bytes; a single value that syncs may take ${MAX_REGISTER_BYTES}. Split it over several properties or documents, or keep it elsewhere and store a reference.`,
  );
}

/** Without the element of a set, which is a value. */
const pathOf = (name: string): string => name.replace(/[+#].*$/s, '');
