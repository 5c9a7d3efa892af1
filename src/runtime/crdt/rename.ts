/**
 * Renamed properties. Where a newer version of the app calls a property by another name, its registers are joined under the new name too, wherever
 * they come from and with their stamps. Those under the old name stay: an older version in another tab or on another device goes on with
 * them, and whatever it writes there arrives under the new name in turn.
 */
import { ErrorCode, SyncError } from '../core/errors';
import { compareRegisters, joinRegisters } from './join';
import { leafName, NameKind, parseName } from './register-name';
import type { Register, Registers } from './registers';
import { MergeStrategy, strategiesOf } from './merge-rules';
import type { MergeRules, ObjectRule, Strategies } from './merge-rules';
import { SEED_AUTHOR } from './stamp';
import { escapePointer, unescapePointer } from './json-value';

/** New JSON pointer of a property by its old one, such as '/titel' to '/title'. */
export interface Renames {
  readonly [oldPath: string]: string;
}

/** Where a document has registers under both names, the greater one of each wins. `registers` itself if that changes nothing. */
export function renameRegisters(registers: Registers, renames: Renames): Registers {
  const leaves = new Map<string, Register>();
  for (const [name, register] of registers.leaves) {
    const newName = newNameOf(name, renames);
    if (newName === undefined) continue;
    const known = leaves.get(newName);
    if (!known || compareRegisters(known, register) < 0) leaves.set(newName, register);
  }
  return leaves.size === 0 ? registers : joinRegisters(registers, { leaves });
}

/** JSON pointers as the names of registers begin, which escape more. */
export function asNames(renames: Renames): Renames {
  const nameOf = (pointer: string) => keysOf(pointer).reduce(leafName, '');
  return Object.fromEntries(Object.entries(renames).map(([from, to]) => [nameOf(from), nameOf(to)]));
}

/** A property in an object that was renamed may have been renamed too: each step leads further in, so there is a last one. */
function newNameOf(name: string, renames: Renames): string | undefined {
  for (const [from, to] of Object.entries(renames)) {
    const rest = name.slice(from.length);
    // What follows a property's path in a name: nothing, a property below it, an element of a set or a share of a counter.
    if (!name.startsWith(from) || !/^([/+#]|$)/.test(rest)) continue;
    const renamed = to + rest;
    if (parseName(name)?.kind !== NameKind.Share) return newNameOf(renamed, renames) ?? renamed;
    // What is held apart is renamed when it is on a share.
    return name.endsWith('#') ? undefined : withAuthor(renamed, from);
  }
  return undefined;
}

/**
 * A device may go on counting under the old name, in a tab of the older version, while it counts under the new one: they are two shares.
 * The author of the one under the old name is told apart by that name, in the same way on every device. A seed has one share under both:
 * what the older version gives as the default is not to be added to what the newer one gives.
 */
function withAuthor(share: string, oldPath: string): string {
  const at = share.lastIndexOf('#') + 1;
  if (share.slice(at) === SEED_AUTHOR) return share;
  const mix = (author: string, seed: number) =>
    // The sign is none of a share's name.
    ((parseInt(author, 16) ^ hash(oldPath, seed)) >>> 0).toString(16).padStart(8, '0');
  return share.slice(0, at) + mix(share.slice(at, at + 8), 0x811c9dc5) + mix(share.slice(at + 8), 0x01000193);
}

/** FNV-1a over UTF-16. */
function hash(text: string, seed: number): number {
  let sum = seed;
  for (let index = 0; index < text.length; index++) sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193);
  return sum;
}

/**
 * @param recorded what is stored was written under these strategies.
 * @throws SyncError SCHEMA_UNSUPPORTED or SCHEMA_CHANGED with the rename that cannot be and what to write instead.
 */
export function checkRenames(renames: Renames, rules: MergeRules, recorded: Strategies | undefined): void {
  const present = strategiesOf(rules);
  for (const [from, to] of Object.entries(renames)) {
    const why = whyUnsupported(from, to, { renames, rules, present });
    if (why !== undefined) {
      const text = `The schema cannot rename ${from} to ${to}: ${why}.`;
      throw new SyncError(ErrorCode.SchemaUnsupported, text);
    }
  }
  for (const [path, strategy] of Object.entries(recorded ?? {})) {
    const now = present[newNameOf(path, renames) ?? path];
    if (now === undefined || now === strategy) continue;
    throw new SyncError(
      ErrorCode.SchemaChanged,
      `${path} merged as "${strategy}" before it was renamed and would be "${now}" now. What devices hold of it cannot be read in another way: keep its "x-merge", or leave the rename out and let the new property begin anew.`,
    );
  }
}

interface Facts {
  readonly renames: Renames;
  readonly rules: MergeRules;
  readonly present: Strategies;
}

function whyUnsupported(from: string, to: string, { renames, rules, present }: Facts): string | undefined {
  const parentOf = (path: string) => path.slice(0, path.lastIndexOf('/'));
  if (!/^(\/[^/]+)+$/.test(from) || !/^(\/[^/]+)+$/.test(to) || parentOf(from) !== parentOf(to))
    return 'both are JSON pointers of properties of one object, such as "/place/town" and "/place/city"';
  if (from === `/${escapePointer(rules.primaryKey)}`) return 'the primary key keeps its name';
  if (from in present) return `${from} is still in the schema; take it out, or the rename`;
  if (to in renames) return `${to} was renamed itself; name the last one here, ${renames[to]}`;
  if (!(to in present))
    return `there is no property ${to} that merges by itself; add it to the schema, or take the rename out`;
  if (objectAt(rules.root, parentOf(to)).isOpen)
    return `the object it is in takes any property; set "additionalProperties": false on ${parentOf(to) || '/'}`;
  const counters = Object.keys(present).filter((path) => present[path] === MergeStrategy.Counter);
  const isAgain = counters.some(
    (path) => Object.values(renames).filter((one) => isIn(path, one)).length > 1 && isIn(path, to),
  );
  if (isAgain)
    return 'it is or holds a counter that was renamed before, and what it counted under its first name would count twice; keep the second name';
  return undefined;
}

const isIn = (path: string, object: string): boolean => path === object || path.startsWith(`${object}/`);

const keysOf = (pointer: string): readonly string[] => pointer.split('/').slice(1).map(unescapePointer);

/** Of an object that is in the rules. */
function objectAt(root: ObjectRule, path: string): ObjectRule {
  return keysOf(path).reduce((object, key) => object.properties.get(key)!.object, root);
}
