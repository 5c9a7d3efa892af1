/** What people do in the app: every strategy, paths that are now a value and now an object, deletions and second births. */
import type { SyncDocument } from '../src/runtime/core/json';
import { sameValue } from '../src/runtime/crdt/json-value';
import { completeDocument } from '../src/runtime/crdt/view';
import { changeThing, newThing, seedThings } from './app/app';
import type { App } from './app/app';
import type { Hand } from './app/kind';
import { drawText } from './app/pools';
import { judgeWritten } from './judge-written';
import type { Browser } from './browser';
import { Verdict } from './chronicle';
import { AppVersion, EXTRAS, SECRETS, THINGS } from './collections';
import { patchFromOldView } from './old-views';
import { Act } from './plan';
import type { ActStep } from './plan';
import { createDice } from './random';
import type { Dice } from './random';
import { judgeRefusal, writeRefusable } from './refusals';
import type { Change, Tab } from './tab';
import type { World } from './world';

const BULK = 70;

/** Somebody whose device is frozen looks again so many ms later. */
const RETRY_MS = 250;

export function act(world: World, step: ActStep): void {
  const { browser: index, act: what, id, draw } = step;
  const dice = createDice(draw);
  const browser = whoCanWrite(world.browsers, index);
  if (!browser) return void world.timeline.after(RETRY_MS, () => act(world, step));
  const running = runningTabs(browser);
  const tab = running.length > 0 ? Promise.resolve(dice.pick(running)) : browser.openTab();
  tab.then((opened) => perform(world, opened, what, id, dice)).catch((error: unknown) => world.chronicle.failed(error));
}

/** The browser at `index`, or the next one after it that is not dead or frozen. */
function whoCanWrite(browsers: readonly Browser[], index: number): Browser | undefined {
  const inTurn = [...browsers.slice(index), ...browsers.slice(0, index)];
  return inTurn.find((browser) => !browser.isDead && (browser.tabs.length === 0 || runningTabs(browser).length > 0));
}

const runningTabs = ({ tabs }: Browser): readonly Tab[] => tabs.filter(({ process }) => !process.isFrozen);

async function perform(world: World, tab: Tab, what: Act, id: string, dice: Dice): Promise<void> {
  const { app, chronicle } = world;
  const hand: Hand = {
    dice,
    get mayCount() {
      return mayCount(world, tab);
    },
  };
  chronicle.count(`act.${what}`);
  switch (what) {
    case Act.Insert:
    case Act.Patch:
      return edit(world, tab, id, (known) =>
        known ? changed(app, tab, known, hand) : newThing(app, tab.version, id, hand),
      );
    case Act.OldView:
      return patchFromOldView({ tab, id, hand, chronicle, change: (shown) => changed(app, tab, shown, hand) });
    case Act.Remove:
      return edit(world, tab, id, (known) => (known ? null : newThing(app, tab.version, id, hand)));
    case Act.Secret:
      return write(world, tab, SECRETS, id, () => ({ id, text: newText(dice) }));
    case Act.Extra:
      if (tab.version === AppVersion.Older) return perform(world, tab, Act.Patch, id, dice);
      return write(world, tab, EXTRAS, id, (known) =>
        known && dice.chance(0.3) ? null : { ...changedMarks(known, dice), id, text: newText(dice) },
      );
    case Act.Bulk:
      return writeBulk(world, tab, hand);
    case Act.Seed:
      return tab.seed(THINGS, seedThings(app, [id, 'seeded']), 0);
    case Act.Refused:
      return writeRefusable(chronicle, tab, id, hand);
    default:
      what satisfies never;
  }
}

/** Writes again until something is written: what no counter can count is refused. */
async function edit({ chronicle }: World, tab: Tab, id: string, change: Change): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    const attempt = await tab.write(THINGS, id, change);
    if (!attempt?.error) return attempt && judgeWritten(chronicle, tab, attempt);
    judgeRefusal(chronicle, tab, attempt.error, attempt);
  }
}

async function write({ chronicle }: World, tab: Tab, collection: string, id: string, change: Change): Promise<void> {
  const attempt = await tab.write(collection, id, change);
  if (attempt?.error) chronicle.failed(attempt.error);
}

/** Other than before, almost surely. */
const newText = (dice: Dice): string => drawText(dice, 600) + dice.hex(6);

function changedMarks(known: SyncDocument | undefined, dice: Dice): SyncDocument {
  const marks = known?.marks as readonly string[] | undefined;
  const mark = dice.pick(['new', '#', '"']);
  if (dice.chance(0.5)) return { ...known };
  return {
    ...known,
    marks: marks?.includes(mark) ? marks.filter((other) => other !== mark) : [...(marks ?? []), mark],
  };
}

/** A document that is refused holds up no other. */
async function writeBulk({ app, chronicle }: World, tab: Tab, hand: Hand): Promise<void> {
  const ids = Array.from({ length: BULK }, (_, at) => `bulk-${hand.dice.hex(4)}-${at}`);
  const bad = hand.dice.pick(ids);
  // Nobody else changes them meanwhile, but the device that writes them may be copied.
  const sparing: Hand = { dice: hand.dice, mayCount: false };
  const refused = await tab.writeMany(THINGS, ids, (id) => ({
    ...newThing(app, tab.version, id, sparing, 0.1),
    ...(id === bad && { label: 'no label' }),
  }));
  chronicle.count('refused.in-bulk');
  if (refused.length !== 1 || refused[0] !== bad)
    chronicle.find(Verdict.Violated, `of a bulk ${JSON.stringify(refused)} were refused, not ${bad}`);
}

/** Another document: who changes a value to what it is has not made an edit. */
function changed(app: App, { version }: Tab, known: SyncDocument, hand: Hand): SyncDocument {
  for (;;) {
    const next = changeThing(app, version, known, hand);
    if (!sameValue(completeDocument(next, app.rulesOf[version][THINGS]!), known)) return next;
  }
}

/** Two clones that both count before one of them has another id may miscount (docs/protocol.md, section 6). */
function mayCount({ browsers }: World, { browser }: Tab): boolean {
  const id = browser.disk.ledger.device?.id;
  return !browsers.some((other) => other !== browser && !other.isDead && other.disk.ledger.device?.id === id);
}

export function openOneTab(browser: Browser): void {
  if (!browser.isDead && browser.tabs.length === 0) void browser.openTab();
}
