/**
 * A local write as registers: what the app passed to an insert, or changed in a document, and nothing else (docs/protocol.md, section 4). What the
 * schema fills in makes no register: a default was chosen by no user. Pure: the stamp comes from the caller, and the document's view afterwards is
 * what was written, completed with defaults, but for the order of sets.
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
import { bareViewOf, beginningOf, boundedSum, completeObject, completeValue, knownPart } from './view';
import type { Share } from './view';

export interface LocalWrite {
  /** What the store holds of the document, hidden registers included; no registers for a new one. */
  readonly before: Registers;
  /** The document that the app wrote, clean (`cleanValue`) and without RxDB's fields; null for a deletion. */
  readonly after: SyncDocument | null;
  readonly rules: MergeRules;
  /** Above every stamp of `before`; see `nextStamp`. */
  readonly stamp: Stamp;
  /** What the app saw of a living document, where another version of it may have stored other defaults; by itself the view. */
  readonly seen?: SyncDocument;
  /** Whether the app may see a document that others have written to as well. */
  readonly mayShow?: (registers: Registers) => boolean;
  /**
   * Counts on a share without a name, which is never published. For a device that does not know yet whether it is a clone:
   * two devices adding to one share would lose increments. `settleShares` gives it to its device later.
   */
  readonly holdShares?: boolean;
}

/**
 * The registers after the write; `before` itself (the same reference) if it changed nothing.
 * @throws SyncError VALUE_TOO_LARGE with the path and the limit, or VALUE_UNSUPPORTED with the path of a counter that leaves what it can count.
 */
export function registersAfterWrite(write: LocalWrite): Registers {
  const { before, after, rules, stamp, mayShow = () => true } = write;
  if (after === null) return isAlive(before) ? registersOf(before.inserted, stamp, before.leaves) : before;
  const bare = bareViewOf(before, rules);
  if (isAlive(before)) {
    const { seen = completeObject(bare, rules.root) } = write;
    const leaves = leavesAfter(write, { bare, seen, isNew: false });
    return leaves ? registersOf(before.inserted, before.deleted, leaves) : before;
  }
  const inserted = (over: SyncObject) => {
    const seen = completeObject(over, rules.root);
    const leaves = leavesAfter(write, { bare: over, seen, isNew: true });
    return registersOf(stamp, before.deleted, leaves ?? before.leaves);
  };
  // Parts of a document whose insert is still on its way: as if they came after this one, they stay.
  if (before.deleted === undefined && before.leaves.size > 0) {
    const merged = inserted({});
    if (mayShow(merged)) return merged;
  }
  return inserted(bare);
}

/** Undefined if the write changes nothing. */
function leavesAfter(
  { before, after, rules, stamp, holdShares = false }: LocalWrite,
  { bare, seen, isNew }: Pick<Place<SyncObject>, 'bare' | 'seen' | 'isNew'>,
): ReadonlyMap<string, Register> | undefined {
  const write = new Write(before, stamp, holdShares ? '' : authorOf(stamp));
  const { [rules.primaryKey]: _id, ...target } = after!;
  write.object({ bare, seen: knownPart(seen, rules), rule: rules.root, name: '', isNew }, target);
  return write.leaves;
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
    const value: Share = [since, boundedSum(sumSince(registers.leaves.get(own), since) + sum)];
    leaves.set(own, { stamp, value });
  }
  return registersOf(registers.inserted, registers.deleted, leaves);
}

function sumSince(register: Register | undefined, since: Stamp | null): number {
  const share = register?.value as unknown as Share | undefined;
  return share && share[0] === since ? share[1] : 0;
}

/** A property, or the document itself at '', before the write. */
interface Place<Value = SyncValue | undefined, Of = Rule> {
  /** What registers show there. */
  readonly bare: Value;
  /** What the app saw there: with defaults, and without what only a newer version knows. */
  readonly seen: Value;
  readonly rule: Of;
  readonly name: string;
  /** Whether the app sets everything below anew, so that each leaf of it is a choice, also one that equals a default or a hidden register. */
  readonly isNew: boolean;
}

/** Collects the registers of one write. */
class Write {
  leaves: Map<string, Register> | undefined;
  /** Registers that show the objects they are in on every device. A share does not: it may be held apart, or begin before what others know. */
  private showing = 0;

  constructor(
    private readonly before: Registers,
    private readonly stamp: Stamp,
    private readonly author: string,
  ) {}

  object({ bare, seen, rule, name, isNew }: Place<SyncObject, ObjectRule>, target: SyncObject): void {
    const at = (key: string): Place => ({
      bare: own(bare, key),
      seen: own(seen, key),
      rule: ruleOf(rule, key),
      name: leafName(name, key),
      isNew,
    });
    for (const key of Object.keys(target)) {
      const value = target[key];
      if (value !== undefined) this.property(at(key), value);
    }
    for (const key of Object.keys(seen)) if (own(target, key) === undefined) this.absent(at(key));
  }

  private property(place: Place, value: SyncValue): void {
    switch (place.rule.strategy) {
      case MergeStrategy.Set:
        return this.elements(place, elementsOf(value));
      case MergeStrategy.Counter:
        return this.share(place, numberOf(value));
      case MergeStrategy.Atomic:
        if (place.isNew || !sameValue(place.seen, completeValue(value, place.rule))) this.set(place.name, value);
        return;
      case MergeStrategy.Deep:
        return isPlainObject(value) ? this.nested(place, value) : this.leaf(place, value);
    }
  }

  /** What the document lacks is what the schema says of it, unless a register shows something else. */
  private absent(place: Place): void {
    const { rule, bare, name } = place;
    if (bare === undefined) return;
    switch (rule.strategy) {
      case MergeStrategy.Set:
        return this.elements({ ...place, seen: bare, isNew: false }, elementsOf(rule.default));
      case MergeStrategy.Counter:
        return this.share({ ...place, seen: bare }, numberOf(rule.default));
      case MergeStrategy.Atomic:
      case MergeStrategy.Deep:
        return this.set(name, undefined);
    }
  }

  private leaf({ seen, name, isNew }: Place, value: SyncValue): void {
    if (isNew || !sameValue(seen, value)) this.set(name, value);
  }

  private nested({ bare, seen, rule, name, isNew: isInNew }: Place, value: SyncObject): void {
    const wasObject = isPlainObject(seen);
    const isNew = isInNew || !wasObject;
    const { showing } = this;
    this.object(
      {
        bare: isPlainObject(bare) ? bare : {},
        seen: wasObject ? seen : completeObject({}, rule.object),
        rule: rule.object,
        name,
        isNew,
      },
      value,
    );
    if (isNew && this.showing === showing) this.set(emptyObjectName(name), undefined);
  }

  private elements({ seen, name, isNew }: Place, value: ReadonlySet<string>): void {
    const present = elementsOf(seen);
    for (const element of value) if (isNew || !present.has(element)) this.set(`${name}+${element}`, true);
    for (const element of present) if (!value.has(element)) this.set(`${name}+${element}`, undefined);
  }

  /** Counting begins at the default on every device, so a value at the default adds nothing to it. */
  private share({ seen, name }: Place, value: number): void {
    const delta = value - numberOf(seen);
    if (delta === 0) return;
    const text = shareName(name, this.author);
    const since = beginningOf(this.before, parseName(text)!);
    const sum = sumSince(this.before.leaves.get(text), since) + delta;
    refuseUncountable(name, value, sum);
    this.put(text, [since, sum]);
  }

  private set(name: string, value: SyncValue | undefined): void {
    this.put(name, value);
    this.showing += 1;
  }

  private put(name: string, value: SyncValue | undefined): void {
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

/** @param sum of this device alone: those of all devices may come to more than the value. */
function refuseUncountable(name: string, value: number, sum: number): void {
  if (value === boundedSum(value) && sum === boundedSum(sum)) return;
  throw new SyncError(
    ErrorCode.ValueUnsupported,
    `The value at ${name} cannot be synced: a counter, and what one device has added to it, stay between -(2^53 - 1) and 2^53 - 1. Count in a greater unit, or begin anew in another document.`,
  );
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
