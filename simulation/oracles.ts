/** The oracles: what must hold of a world that was left alone after everything that happened to it. */
import { dominates, isAlive, joinRegisters, NO_REGISTERS, registersAfterDeletion } from '../src/runtime/crdt/join';
import type { NostrEvent } from '../src/runtime/contracts/slot';
import type { Registers } from '../src/runtime/crdt/registers';
import { isSeed } from '../src/runtime/crdt/stamp';
import { documentKey } from '../src/runtime/replica/slots/slot-content';
import { appPart } from '../src/runtime/storage/record-codec';
import { canonicalJson, sameValue } from '../src/runtime/crdt/json-value';
import { documentOf } from '../src/runtime/crdt/view';
import type { Browser } from './browser';
import { nameOf, partsOf, registersOfRow, Verdict, withoutShares } from './chronicle';
import type { Chronicle, Edit } from './chronicle';
import { isShare } from './counted-places';
import { judgeCounted, judgeIncrements } from './judge-counted';
import type { SimulatedRelay } from './relay';

/** Documents by key. */
export type State = ReadonlyMap<string, Registers>;

export function stateOf(browser: Browser): State {
  const state = new Map<string, Registers>();
  for (const [collection, rows] of browser.disk.documents)
    for (const [id, row] of rows)
      state.set(documentKey(collection, id), registersOfRow(browser.options.app, collection, row));
  return state;
}

/** Without the documents of collections that the browser's version of the app does not have: it keeps them in quarantine. */
export function knownTo({ options: { app }, version }: Browser, state: State): State {
  return new Map([...state].filter(([key]) => Object.hasOwn(app.rulesOf[version], partsOf(key)[0])));
}

export function stateIn(chronicle: Chronicle, events: Iterable<NostrEvent>): State {
  const state = new Map<string, Registers>();
  for (const event of events)
    for (const [key, { registers }] of chronicle.seals.contentOf(event))
      state.set(key, joinRegisters(state.get(key) ?? NO_REGISTERS, registers));
  return state;
}

/** The first document in which two states differ, as far as anybody can ever see it. */
export function differenceOf(a: State, b: State): string | undefined {
  for (const key of new Set([...a.keys(), ...b.keys()])) {
    const [x, y] = [a.get(key) ?? NO_REGISTERS, b.get(key) ?? NO_REGISTERS];
    if (x === y) continue;
    if (textOf(x) !== textOf(y)) return `${nameOf(key)}:\n    ${textOf(x)}\n    ${textOf(y)}`;
  }
  return undefined;
}

const texts = new WeakMap<Registers, string>();

function textOf(registers: Registers): string {
  let text = texts.get(registers);
  if (text === undefined) {
    const { inserted, deleted, leaves } = registersAfterDeletion(registers);
    const held = [...leaves].filter(([name]) => !name.endsWith('#'));
    const lines = held.map(
      ([name, { stamp, value }]) =>
        `${JSON.stringify(name)}=${value === undefined ? '-' : canonicalJson(value)}@${stamp}`,
    );
    text = `${inserted ?? ''} ${deleted ?? ''} ${lines.sort().join(' ')}`;
    texts.set(registers, text);
  }
  return text;
}

/** What a relay lacks of the state of the devices, or they of what it holds. */
export function differenceWithRelay(chronicle: Chronicle, relay: SimulatedRelay, state: State): string | undefined {
  const held = stateIn(chronicle, relay.events.values());
  for (const [key, registers] of state) {
    const there = held.get(key) ?? NO_REGISTERS;
    if (!dominates(there, registersAfterDeletion(registers)))
      return `${relay.url} lacks ${nameOf(key)}: ${textOf(there)} lacks some of ${textOf(registers)}`;
  }
  for (const [key, registers] of held) {
    const known = state.get(key) ?? NO_REGISTERS;
    if (!dominates(known, registers))
      return `${relay.url} holds of ${nameOf(key)} what no device has: ${textOf(registers)} is not in ${textOf(known)}`;
  }
  return undefined;
}

/** Live events of a browser's device on a relay beyond one and a half times what its data needs. */
export function excessEvents(
  chronicle: Chronicle,
  { disk }: Browser,
  relay: SimulatedRelay,
  pageBytes: number,
): number {
  let live = 1;
  let bytes = 0;
  for (const event of relay.events.values()) {
    const isOwn = chronicle.seals.of(event)?.version.deviceId === disk.ledger.device?.id;
    if (!isOwn || chronicle.seals.contentOf(event).size === 0) continue;
    live += 1;
    bytes += chronicle.seals.bytesOf(event);
  }
  return live - Math.ceil(1.5 * (2 + bytes / (0.92 * pageBytes)));
}

export function judge(chronicle: Chronicle, state: State, alive: readonly Browser[]): void {
  const survivors = chronicle.edits.filter(isRequired);
  for (const edit of survivors) {
    const final = state.get(edit.key) ?? NO_REGISTERS;
    if (!dominates(final, withoutShares(edit.registers)))
      chronicle.find(
        Verdict.Lost,
        `${edit.isDurable ? 'a durable' : 'an'} edit of ${edit.browser.name} to ${nameOf(edit.key)}: ${textOf(edit.registers)} is not in ${textOf(final)}`,
      );
    judgeOrder(chronicle, edit, registersAfterDeletion(final));
  }
  judgeIncrements(chronicle, state, isRequired);
  for (const browser of alive) judgeRows(chronicle, browser);
}

/** It was reported durable, or its author is there and has never lost anything. */
const isRequired = (edit: Edit): boolean => edit.isDurable || (!edit.browser.isDead && !edit.isAtRisk);

/** What an edit had seen never wins over it, and what a deletion had seen never comes back. */
function judgeOrder(chronicle: Chronicle, edit: Edit, final: Registers): void {
  const { registers, before, key } = edit;
  for (const name of registers.leaves.keys()) {
    const seen = before.leaves.get(name)?.stamp;
    const winner = final.leaves.get(name)?.stamp;
    if (seen !== undefined && winner === seen && !isShare(name))
      chronicle.find(Verdict.Lost, `${nameOf(key)}${name}: ${winner} wins over an edit that had seen it`);
    if (winner !== undefined && isSeed(winner))
      chronicle.find(Verdict.Violated, `${nameOf(key)}${name}: a seed wins over an edit`);
  }
  if (registers.deleted === undefined) return;
  if (isAlive(final) && final.inserted === before.inserted)
    chronicle.find(Verdict.Resurrected, `${nameOf(key)} is alive by an insert that its deletion had seen`);
  for (const [name, { stamp }] of before.leaves) {
    const isBack = final.leaves.get(name)?.stamp === stamp && (final.deleted === undefined || stamp > final.deleted);
    if (isBack) chronicle.find(Verdict.Resurrected, `${nameOf(key)}${name} is back after its deletion`);
  }
}

/** What the app reads is the view of the registers, and what is stored is all of them. */
function judgeRows(chronicle: Chronicle, { name, disk, version }: Browser): void {
  const { app } = chronicle;
  for (const [collection, rows] of disk.documents) {
    const rules = app.rulesOf[version][collection]!;
    for (const [id, row] of rows) {
      const registers = registersOfRow(app, collection, row);
      // A copy is not known, so it is read from what is stored.
      const stored = registersOfRow(app, collection, { ...row });
      if (!dominates(stored, registers) || !dominates(registers, stored))
        chronicle.find(
          Verdict.Violated,
          `${name} stores ${collection}/${id} as ${textOf(stored)}, not ${textOf(registers)}`,
        );
      const isDeleted = !isAlive(registers);
      const shown = appPart(row);
      if (row._deleted !== isDeleted || (!isDeleted && !sameValue(shown, documentOf(id, registers, rules))))
        chronicle.find(Verdict.Violated, `${name} shows ${collection}/${id} as ${JSON.stringify(row)}`);
      if (!isDeleted) judgeCounted(chronicle, rules, shown, registers);
    }
  }
}
