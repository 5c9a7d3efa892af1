/** What happens to devices and relays. */
import { isEmpty, NO_REGISTERS } from '../src/runtime/crdt/join';
import { intersect, remaining } from '../src/runtime/crdt/superseded';
import type { NostrEvent } from '../src/runtime/contracts/slot';
import type { Browser } from './browser';
import { AppVersion } from './collections';
import { copyDisk, emptyDisk } from './disk';
import type { Disk } from './disk';
import { release } from './leave-list';
import { stateIn } from './oracles';
import type { StrikeStep } from './plan';
import type { SimulatedRelay } from './relay';
import { openOneTab } from './users';
import type { World } from './world';

const backups = new WeakMap<Browser, Disk>();

/** After these a device takes itself, or its copy, for another one that has the same secret: then that is pinned. */
const NOT_WHILE_MISTYPED: ReadonlySet<StrikeStep['kind']> = new Set(['clone', 'restore', 'lose-ledger', 'die']);

export function strike(world: World, step: StrikeStep): void {
  const { timeline, chronicle, browsers, relays } = world;
  const browser = 'browser' in step ? browsers[step.browser]! : undefined;
  const relay = 'relay' in step ? relays[step.relay]! : undefined;
  if (browser?.isDead) return;
  if (browser?.isMistyped && NOT_WHILE_MISTYPED.has(step.kind)) return;
  switch (step.kind) {
    case 'crash':
    case 'freeze': {
      const tab = browser!.holder ?? browser!.tabs[0];
      if (!tab) return;
      tab.process.interruption = {
        operations: step.operations,
        ...(step.kind === 'crash' && step.after && { after: step.after }),
        strike: (before) => {
          chronicle.count(`${step.kind}.${before}`);
          world.note(`  ${tab.id}: ${step.kind} before ${before}`);
          if (step.kind === 'freeze') {
            tab.process.freeze();
            timeline.after(step.forMs, () => tab.process.thaw());
            return;
          }
          browser!.mayTakeOtherId = true;
          browser!.killTab(tab);
          timeline.after(step.backMs, () => openOneTab(browser!));
        },
      };
      return;
    }
    case 'open-tab':
      if (browser!.tabs.length < 3) void browser!.openTab();
      break;
    case 'close-tab': {
      const tab = browser!.tabs[step.draw % Math.max(1, browser!.tabs.length)];
      if (tab) {
        void tab.replica.close();
        browser!.mayTakeOtherId = true;
        timeline.after(20, () => browser!.killTab(tab));
        timeline.after(3_000, () => openOneTab(browser!));
      }
      break;
    }
    case 'update':
      if (browser!.version === AppVersion.Newer) return;
      browser!.version = AppVersion.Newer;
      browser!.mayTakeOtherId = true;
      for (const tab of [...browser!.tabs]) browser!.killTab(tab);
      openOneTab(browser!);
      break;
    case 'release':
      return release(world, browser!);
    case 'die':
      // Nobody would be left to show which secret is right.
      if (browsers.some(({ isMistyped }) => isMistyped)) return;
      if (!isOneOfSeveral(world, browser!) || !mayEnd(world, browser!)) return;
      browser!.die();
      break;
    case 'clone':
      if (browsers.length > 6) return;
      openOneTab(cloneOf(world, browser!));
      break;
    case 'restore':
      return restore(world, browser!, step.draw);
    case 'lose-ledger':
    case 'lose-documents':
      return lose(world, browser!, step.kind);
    case 'clock':
      browser!.skewMs = step.skewMs;
      break;
    case 'partition':
      browser!.unreachable.add(relay!.url);
      relay!.disconnect((link) => browser!.tabs.some(({ process }) => process === link.options.process));
      timeline.after(step.forMs, () => browser!.unreachable.delete(relay!.url));
      break;
    case 'outage':
      relay!.isUp = false;
      relay!.disconnect();
      timeline.after(step.forMs, () => (relay!.isUp = !relay!.isGone));
      break;
    case 'perish':
      if (!perish(world, relay!)) return;
      break;
    case 'wipe':
      if (!replaceEvents(world, relay!, new Map())) return;
      break;
    case 'rollback': {
      const before = new Map(relay!.events);
      timeline.after(step.forMs, () => {
        if (!world.isPeaceful && replaceEvents(world, relay!, before)) chronicle.count('fault.rollback');
      });
      return;
    }
    case 'mishap':
      relay!.mishaps[step.mishap] = step.probability;
      timeline.after(step.forMs, () => (relay!.mishaps[step.mishap] = 0));
      return;
    default:
      step satisfies never;
  }
  chronicle.count(`fault.${step.kind}`);
}

/** Whether others are left, of whom one reads all that there is. */
function isOneOfSeveral({ browsers }: World, browser: Browser): boolean {
  const left = browsers.filter((other) => other !== browser && !other.isDead);
  return left.some(({ version }) => version === AppVersion.Newer);
}

function cloneOf(world: World, browser: Browser): Browser {
  const clone = world.addBrowser(browser.version, copyOf(world, browser));
  clone.mayTakeOtherId = true;
  return clone;
}

/** A backup of the whole profile is made now and comes back later. */
function restore(world: World, browser: Browser, draw: number): void {
  backups.set(browser, copyOf(world, browser));
  const editsBefore = world.chronicle.edits.length;
  world.timeline.after(2_000 + (draw % 20_000), () => {
    if (browser.isDead || world.isPeaceful || !mayEnd(world, browser)) return;
    restart(world, browser, copyDisk(backups.get(browser)!), editsBefore);
    world.chronicle.count('fault.restore');
  });
}

function lose(world: World, browser: Browser, what: 'lose-ledger' | 'lose-documents'): void {
  const disk = copyDisk(browser.disk);
  const empty = emptyDisk();
  const isLedger = what === 'lose-ledger';
  const left: Disk = isLedger ? { ...disk, ledger: empty.ledger } : { ...disk, documents: empty.documents };
  // Documents that stay hold all that was written.
  restart(world, browser, left, isLedger ? Infinity : 0);
  world.chronicle.count(`fault.${what}`);
}

/** Whether what was durable can do without the device: a relay may have forgotten it because its author lives and has it. */
function mayEnd(world: World, browser: Browser): boolean {
  const left = stateIn(world.chronicle, eventsWithout(world, browser));
  const own = stateIn(world.chronicle, ownEvents(browser));
  return world.chronicle.edits.every(({ key, registers, isDurable }) => {
    const held = own.get(key);
    return !isDurable || !held || isEmpty(remaining(intersect(registers, held), left.get(key) ?? NO_REGISTERS, true));
  });
}

/** What relays hold and what living devices have of their own slots, but for one of them. */
function eventsWithout({ relays, browsers }: World, lost: SimulatedRelay | Browser): readonly NostrEvent[] {
  return [
    ...relays.filter((relay) => relay !== lost).flatMap(({ events }) => [...events.values()]),
    ...browsers.filter((browser) => browser !== lost && !browser.isDead).flatMap(ownEvents),
  ];
}

function ownEvents({ disk: { ledger } }: Browser): readonly NostrEvent[] {
  const own = [...ledger.slots.values()].filter(({ version }) => version.deviceId === ledger.device?.id);
  return own.map(({ event }) => event);
}

/** What counters hold apart when a disk is copied is in both copies (docs/protocol.md, section 6: clones may miscount). */
function copyOf(world: World, browser: Browser): Disk {
  browser.mayTakeOtherId = true;
  for (const [collection, rows] of browser.disk.documents)
    for (const [id, row] of rows) world.chronicle.copied(collection, id, row);
  return copyDisk(browser.disk);
}

function restart(world: World, browser: Browser, disk: Disk, safeEdits: number): void {
  browser.mayTakeOtherId = true;
  for (const tab of [...browser.tabs]) browser.killTab(tab);
  browser.disk = disk;
  world.chronicle.forgetVersions(browser);
  for (const edit of world.chronicle.edits.slice(safeEdits)) if (edit.browser === browser) edit.isAtRisk = true;
  world.timeline.after(500, () => openOneTab(browser));
}

/** Enough are left to make a write durable, and what the relay held is held by others. */
const FEWEST_LEFT = 3;

function perish(world: World, relay: SimulatedRelay): boolean {
  const left = world.relays.filter(({ isGone }) => !isGone);
  if (relay.isGone || left.length <= FEWEST_LEFT || !isHeldElsewhere(world, relay, new Map())) return false;
  relay.isGone = true;
  relay.isUp = false;
  relay.events.clear();
  relay.disconnect();
  return true;
}

/** Whether all that the relay holds would be left somewhere if it held only this. */
function isHeldElsewhere(world: World, relay: SimulatedRelay, events: ReadonlyMap<string, NostrEvent>): boolean {
  const left = stateIn(world.chronicle, [...eventsWithout(world, relay), ...events.values()]);
  const held = stateIn(world.chronicle, relay.events.values());
  return [...held].every(([key, registers]) => isEmpty(remaining(registers, left.get(key) ?? NO_REGISTERS, true)));
}

/**
 * A relay forgets, unless that would be the end of something: between two repairs at most one holder of a slot forgets it, or its author
 * lives and has it.
 */
function replaceEvents(world: World, relay: SimulatedRelay, events: ReadonlyMap<string, NostrEvent>): boolean {
  if (!isHeldElsewhere(world, relay, events)) return false;
  for (const [d, event] of events) if (relay.events.get(d) !== event) relay.keptAt.set(event, world.timeline.now);
  relay.events.clear();
  for (const [d, event] of events) relay.events.set(d, event);
  return true;
}
