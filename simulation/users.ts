/** What people do in the app: every strategy, paths that are now a value and now an object, deletions and second births. */
import type { SyncDocument, SyncValue } from '../src/runtime/core/json';
import { sameValue } from '../src/runtime/crdt/json-value';
import type { Browser } from './browser';
import { AppVersion, EXTRAS, SECRETS, THINGS } from './collections';
import { patchFromOldView } from './old-views';
import { Act } from './plan';
import type { ActStep } from './plan';
import { createDice } from './random';
import type { Dice } from './random';
import type { Tab } from './tab';
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
  world.chronicle.count(`act.${what}`);
  switch (what) {
    case Act.Insert:
    case Act.Patch:
      return tab.write(THINGS, id, (known) =>
        known ? changed(known, world, tab, dice) : newThing(id, world, tab, dice),
      );
    case Act.OldView:
      return patchFromOldView({
        ...{ tab, id, dice, chronicle: world.chronicle },
        change: (shown) => changed(shown, world, tab, dice),
        mayCount: () => mayCount(world, tab),
      });
    case Act.Remove:
      return tab.write(THINGS, id, (known) => (known ? null : newThing(id, world, tab, dice)));
    case Act.Secret:
      return tab.write(SECRETS, id, () => ({ id, text: dice.hex(dice.between(4, 400)) }));
    case Act.Extra:
      if (tab.version === AppVersion.Older) return perform(world, tab, Act.Patch, id, dice);
      return tab.write(EXTRAS, id, (known) =>
        known && dice.chance(0.3) ? null : { ...known, id, text: dice.hex(dice.between(1, 40)) },
      );
    case Act.Bulk: {
      const ids = Array.from({ length: BULK }, (_, at) => `bulk-${dice.hex(4)}-${at}`);
      return tab.writeMany(THINGS, ids, () => ({
        id,
        title: dice.hex(20),
        tags: [],
        visits: 0,
        label: labelOf(dice),
        shape: {},
      }));
    }
    case Act.Seed:
      return tab.seed(
        THINGS,
        [
          { id: 'd1', title: 'seeded', settings: { theme: 'seeded' }, label: 'a', shape: { width: 1 } },
          { id: 'seeded', title: 'seeded', label: 'b', shape: {} },
        ],
        0,
      );
    default:
      what satisfies never;
  }
}

const COLORS = ['blue', 'green'];
const TAGS = ['red', 'green', 'blue', '1'];

function newThing(id: string, world: World, tab: Tab, dice: Dice): SyncDocument {
  const visits = mayCount(world, tab) ? dice.between(0, 2) : 0;
  const { title, tags } = { title: dice.hex(6), tags: [dice.pick(TAGS)] };
  const shape: SyncDocument = dice.chance(0.5) ? {} : { width: dice.between(0, 9) };
  const required = { label: labelOf(dice), shape };
  const thing = { id, title, settings: settingsValue(dice, 0), tags, visits, ...required };
  if (tab.version === AppVersion.Older || dice.chance(0.5)) return thing;
  // Also where it is the default, which the user has chosen then.
  return { ...thing, color: dice.pick(COLORS) };
}

/** Another document: who changes a value to what it is has not made an edit. */
function changed(known: SyncDocument, world: World, tab: Tab, dice: Dice): SyncDocument {
  for (;;) {
    const next = drawn(known, world, tab, dice);
    if (!sameValue(next, known)) return next;
  }
}

function drawn(known: SyncDocument, world: World, tab: Tab, dice: Dice): SyncDocument {
  const next: { [property: string]: SyncValue } = { ...known };
  for (let times = dice.between(1, 2); times > 0; times--) {
    switch (dice.between(0, tab.version === AppVersion.Newer ? 14 : 11)) {
      case 0:
        next.title = dice.hex(dice.between(1, 120));
        break;
      case 1:
      case 2:
        next.settings = changedSettings(next.settings, dice);
        break;
      case 3:
        next.point = { x: dice.between(0, 9), y: dice.between(0, 9) };
        break;
      case 4:
      case 5: {
        const tag = dice.pick(TAGS);
        const tags = (next.tags ?? []) as readonly string[];
        next.tags = tags.includes(tag) ? tags.filter((other) => other !== tag) : [...tags, tag];
        break;
      }
      case 6:
        next.label = labelOf(dice);
        break;
      case 7:
        next.shape = changedMap(next.shape, ['width', 'height'], dice, () => dice.between(0, 9));
        break;
      case 8:
        if (next.spot && dice.chance(0.4)) delete next.spot;
        else next.spot = spotOf(dice);
        break;
      case 9:
        next.spots = changedMap(next.spots, ['a', 'b', 'x'], dice, () => spotOf(dice));
        break;
      case 10:
        if (next.either !== undefined && dice.chance(0.3)) delete next.either;
        else next.either = dice.chance(0.5) ? dice.hex(2) : { [dice.pick(['m', 'n'])]: dice.between(0, 9) };
        break;
      case 12:
        next.color = dice.pick([...COLORS, 'red']);
        break;
      case 13:
        next.place = dice.chance(0.2) ? {} : { lat: dice.between(0, 9), lon: dice.between(0, 9) };
        break;
      case 14:
        if (mayCount(world, tab)) next.votes = ((next.votes as number | undefined) ?? 0) + dice.between(1, 3);
        break;
      default:
        if (mayCount(world, tab)) next.visits = ((next.visits as number | undefined) ?? 0) + dice.between(1, 3);
    }
  }
  return next;
}

const labelOf = (dice: Dice): string => (dice.chance(0.5) ? '-' : '') + dice.pick(['a', 'b', 'c', 'd']);
const spotOf = (dice: Dice): SyncValue => ({ lat: dice.between(0, 9), lon: dice.between(0, 9) });

function changedMap(
  known: SyncValue | undefined,
  keys: readonly string[],
  dice: Dice,
  draw: () => SyncValue,
): SyncValue {
  const next: { [key: string]: SyncValue } = { ...(known as SyncDocument | undefined) };
  const key = dice.pick(keys);
  if (Object.hasOwn(next, key) && dice.chance(0.4)) delete next[key];
  else next[key] = draw();
  return next;
}

/** Two clones that both count before one of them has another id may miscount (docs/protocol.md, section 6). */
function mayCount({ browsers }: World, { browser }: Tab): boolean {
  const id = browser.disk.ledger.device?.id;
  return !browsers.some((other) => other !== browser && !other.isDead && other.disk.ledger.device?.id === id);
}

function settingsValue(dice: Dice, depth: number): SyncValue {
  const x = dice.next();
  if (x < 0.4 && depth < 2) return { [dice.pick(['theme', 'font/size', 'a'])]: settingsValue(dice, depth + 1) };
  if (x < 0.5) return {};
  if (x < 0.6) return [1, { deep: true }];
  return x < 0.7 ? null : dice.between(0, 99);
}

/** A path that holds a value at one time may hold an object at another. */
function changedSettings(known: SyncValue | undefined, dice: Dice): SyncValue {
  const isObject = typeof known === 'object' && known !== null && !Array.isArray(known);
  if (!isObject || dice.chance(0.25)) return settingsValue(dice, 0);
  const next: { [key: string]: SyncValue } = { ...(known as SyncDocument) };
  const key = dice.pick(['theme', 'font/size', 'a']);
  if (dice.chance(0.3)) delete next[key];
  else next[key] = settingsValue(dice, 1);
  return next;
}

export function openOneTab(browser: Browser): void {
  if (!browser.isDead && browser.tabs.length === 0) void browser.openTab();
}
