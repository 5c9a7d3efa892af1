/** What happens when a release names other relays: its devices change over, and whoever reads "everything is stored" may rely on it. */
import { SyncPhase } from '../src/runtime/core/status';
import type { Browser } from './browser';
import { Verdict } from './chronicle';
import { AppVersion } from './collections';
import type { SimulatedRelay } from './relay';
import type { Tab } from './tab';
import type { World } from './world';

/** In these, `pending` counts all that is not stored. */
const COUNTED: ReadonlySet<SyncPhase> = new Set([SyncPhase.Online, SyncPhase.Partial, SyncPhase.Offline]);
const LOOK_MS = 20;
const MAX_WAIT_MS = 3 * 3600_000;

export const listOf = (relays: readonly SimulatedRelay[], indices: readonly number[]): readonly SimulatedRelay[] =>
  indices.map((index) => relays[index]!);

/** The next tabs of the browser run the release that names the other relays. */
export function release(world: World, browser: Browser): void {
  const { lists, relays, chronicle } = world;
  if (!lists || browser.isDead || hasReleased(world, browser)) return;
  chronicle.count('list.release');
  browser.mayTakeOtherId = true;
  for (const tab of [...browser.tabs]) browser.killTab(tab);
  browser.list = listOf(relays, lists.next);
  void browser.openTab();
}

/** A tab says what is true of the sync: when nothing is pending, the relays of the present list hold everything. */
export function judgeStatus(world: World, browser: Browser, tab: Tab): void {
  if (world.lists && hasReleased(world, browser) && saysStored(browser, tab)) world.chronicle.saysStored(browser);
}

/**
 * Everybody has the release. One user gives a device up in the moment in which it says that everything is stored; when all others say so, the
 * relays that are in the former list only are gone for good.
 */
export async function leaveFormerList(world: World): Promise<void> {
  const { lists, relays, browsers, chronicle, seed } = world;
  if (!lists) return;
  for (const browser of browsers) release(world, browser);
  const readers = browsers.filter(({ version }) => version === AppVersion.Newer);
  const spare = browsers.filter((browser) => readers.length > 1 || browser !== readers[0]);
  const givenUp = spare.length > 0 && browsers.length > 1 ? spare[seed % spare.length] : undefined;
  if (givenUp && (await untilStored(world, [givenUp]))) {
    givenUp.die();
    chronicle.count('list.given-up');
    world.note(`  ${givenUp.name} is given up`);
  }
  if (
    await untilStored(
      world,
      browsers.filter(({ isDead }) => !isDead),
    )
  )
    chronicle.count('list.left');
  else chronicle.find(Verdict.Diverged, 'the relays of the new list never hold everything');
  for (const [index, relay] of relays.entries()) if (!lists.next.includes(index)) end(relay);
}

function end(relay: SimulatedRelay): void {
  relay.isUp = false;
  relay.disconnect();
  relay.events.clear();
}

async function untilStored({ timeline }: World, browsers: readonly Browser[]): Promise<boolean> {
  const isStored = () => browsers.every((browser) => browser.holder && saysStored(browser, browser.holder));
  for (let waitedMs = 0; waitedMs < MAX_WAIT_MS && !isStored(); waitedMs += LOOK_MS) await timeline.run(LOOK_MS);
  return isStored();
}

const hasReleased = ({ relays, lists }: World, { list }: Browser): boolean =>
  lists !== undefined && list[0] === relays[lists.next[0]!];

const saysStored = (browser: Browser, tab: Tab): boolean =>
  browser.holder === tab && tab.status?.pending === 0 && COUNTED.has(tab.status.phase);
