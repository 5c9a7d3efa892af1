/** One world from one seed: browsers, relays, people who write, and what happens to all of them. Then peace, and the oracles. */
import configJson from '../src/lib/config.json';
import { readConfig } from '../src/runtime/core/config';
import type { ReplicaSettings } from '../src/runtime/core/config';
import { RelayState } from '../src/runtime/core/status';
import { KeyState } from '../src/runtime/persistence/ledger';
import { drawApp, roomIn } from './app/app';
import type { App } from './app/app';
import { Browser } from './browser';
import type { BrowserOptions } from './browser';
import { AppVersion, THINGS } from './collections';
import { Chronicle, Verdict } from './chronicle';
import type { Finding } from './chronicle';
import { differenceOf, differenceWithRelay, excessEvents, judge, knownTo, stateOf, unreadOf } from './oracles';
import type { State } from './oracles';
import { judgeStatus, leaveFormerList, listOf } from './leave-list';
import { planWorld } from './plan';
import type { Plan, PlannedLists, Step } from './plan';
import { createDice } from './random';
import { SimulatedRelay } from './relay';
import { Seals } from './stand-in-vault';
import { strike } from './strikes';
import { createTimeline } from './timeline';
import type { Timeline } from './timeline';
import { act } from './users';

export interface World {
  readonly seed: number;
  readonly lists: PlannedLists | undefined;
  readonly timeline: Timeline;
  readonly app: App;
  readonly relays: readonly SimulatedRelay[];
  readonly chronicle: Chronicle;
  readonly seals: Seals;
  readonly durableOn: number;
  browsers: Browser[];
  /** Nothing happens to anybody any more. */
  isPeaceful: boolean;
  /** A browser of its own, with a disk of its own or a copied one. */
  addBrowser(version: AppVersion, disk?: BrowserOptions['disk']): Browser;
  note(what: string | Step): void;
}

export interface Outcome {
  readonly findings: readonly Finding[];
  readonly counts: ReadonlyMap<string, number>;
  readonly trace: () => readonly string[];
}

type Note = readonly [atMs: number, what: string | Step];

const lineOf = ([atMs, what]: Note): string =>
  `${(atMs / 1000).toFixed(3).padStart(9)} s  ${typeof what === 'string' ? what : JSON.stringify(what)}`;

/** Peace has to bring everything about within so much of the world's time. */
const MAX_SETTLE_MS = 3 * 3600_000;
const BEGINNING = Date.UTC(2026, 5, 1);
const MINUTE_MS = 60_000;

export async function runWorld(seed: number, plan: Plan = planWorld(seed)): Promise<Outcome> {
  const dice = createDice(seed * 2 + 1);
  const timeline = createTimeline(BEGINNING);
  const seals = new Seals();
  const mistypedSeals = new Seals('b');
  const { lists } = plan;
  const durableOn = Math.min(2, plan.relays.length);
  const app = drawApp(seed, roomIn(plan.pageBytes));
  const chronicle = new Chronicle(app, seals, durableOn, () => timeline.now - BEGINNING);
  const notes: Note[] = [];
  const relays = plan.relays.map(
    (habits, index) =>
      new SimulatedRelay(`wss://relay-${index}.test`, habits, timeline, dice.fork(), {
        kept: (_relay, event) => chronicle.kept(event),
        served: (relay, event) => chronicle.evidence.served(relay, event),
        count: (what) => chronicle.count(what),
      }),
  );
  const settings: ReplicaSettings = {
    // Of each tab, the list of its release.
    ...{ relays: [], durableOn, pageBytes: plan.pageBytes, maxEventBytes: 65_536, idleMs: 2_000, shortestFlushMs: 50 },
    ...{ manifestIntervalMs: MINUTE_MS, adoptAfterMs: 20 * MINUTE_MS },
    ...{ auditIntervalMs: 15 * MINUTE_MS, auditGapMs: MINUTE_MS },
    ...{ restartMinMs: 2_000, restartMaxMs: 60_000, holderPingMs: 2_000, holderSilenceMs: 4_000 },
  };
  const world: World = {
    ...{ seed, lists, app, timeline, relays, chronicle, seals, durableOn, browsers: [], isPeaceful: false },
    addBrowser(version, disk) {
      const browser = new Browser({
        ...{
          name: `b${world.browsers.length}`,
          timeline,
          dice: dice.fork(),
          relays,
          list: listOf(relays, listedNow(world)),
          seals,
          mistypedSeals,
          settings,
          app,
        },
        ...{ version, disk },
        onCommit: (of, commit) => chronicle.committed(of, commit),
        onDurable: (of, stamps) => chronicle.durable(of, stamps),
        onRead: (of, readAt) => judgeRead(world, of, readAt),
        onStatus: (of, tab) => judgeStatus(world, of, tab),
        onLedgerCommit: (of, changes, by) => chronicle.recorded(of, changes, by),
      });
      world.browsers.push(browser);
      return browser;
    },
    note: (what) => notes.push([timeline.now - BEGINNING, what]),
  };

  world.note(`things are ${JSON.stringify(app.schemasOf.newer[THINGS])}`);
  for (const { skewMs, tabs, version, mistypedForMs } of plan.browsers) {
    const browser = world.addBrowser(version);
    browser.skewMs = skewMs;
    if (mistypedForMs !== undefined) {
      browser.isMistyped = true;
      timeline.after(mistypedForMs, () => retype(world, browser));
    }
    for (let tab = 0; tab < tabs; tab++) void browser.openTab();
  }
  for (const step of plan.steps)
    timeline.after(step.atMs, () => {
      world.note(step);
      if (step.kind === 'act') act(world, step);
      else strike(world, step);
    });
  await timeline.run(plan.lengthMs);
  await makePeace(world);
  chronicle.count('seal', seals.count);
  for (const nonce of seals.reused) chronicle.find(Verdict.Violated, `the nonce ${nonce} was used twice`);
  for (const { name, locks, disk, mayTakeOtherId } of world.browsers) {
    const newIds = disk.ledger.device?.former.length ?? 0;
    chronicle.count('steal', locks.steals);
    chronicle.count('new-device-id', newIds);
    if (newIds > 0 && !mayTakeOtherId)
      chronicle.find(Verdict.Violated, `${name} takes its own events for those of a clone`);
  }
  return { findings: chronicle.findings, counts: chronicle.counts, trace: () => notes.map(lineOf) };
}

/** What a relay held when the read began has to be there when the browser says that it has read the relay. */
function judgeRead({ chronicle, relays }: World, browser: Browser, readAt: ReadonlyMap<string, number>): void {
  for (const relay of relays) {
    const sinceMs = readAt.get(relay.url);
    if (sinceMs === undefined) continue;
    chronicle.count('read');
    const difference = unreadOf(chronicle, relay, browser, sinceMs);
    if (difference) chronicle.find(Verdict.Violated, difference);
  }
}

/** The user opens the app with the right secret. */
function retype(world: World, browser: Browser): void {
  if (browser.isDead || !browser.isMistyped) return;
  const state = browser.disk.ledger.key?.state ?? KeyState.Free;
  world.chronicle.count(`retype.${state}`);
  world.note(`  ${browser.name}: the right secret after a mistyped one, which was ${state}`);
  for (const tab of [...browser.tabs]) browser.killTab(tab);
  browser.isMistyped = false;
  world.chronicle.forgetVersions(browser);
  void browser.openTab();
}

async function makePeace(world: World): Promise<void> {
  const { timeline, relays, chronicle } = world;
  const began = timeline.now;
  world.isPeaceful = true;
  world.note('peace');
  for (const relay of relays) {
    relay.isUp = !relay.isGone;
    for (const mishap of Object.keys(relay.mishaps)) relay.mishaps[mishap as keyof typeof relay.mishaps] = 0;
  }
  for (const browser of world.browsers) {
    retype(world, browser);
    browser.unreachable.clear();
    for (const tab of browser.tabs) {
      tab.process.interruption = undefined;
      tab.process.thaw();
    }
    if (!browser.isDead && browser.tabs.length === 0) void browser.openTab();
  }
  await leaveFormerList(world);
  let unrest: string | undefined = 'nothing was looked at';
  const isAtRest = () => (unrest = unrestIn(world)) === undefined;
  let reopenAt = began + 4 * MINUTE_MS;
  for (let pause = 5_000; timeline.now < began + MAX_SETTLE_MS; pause = Math.min(MINUTE_MS, pause * 1.3)) {
    await timeline.run(pause);
    if (isAtRest()) break;
    if (timeline.now < reopenAt) continue;
    // Whatever a relay lost without anybody noticing is found when the apps are opened the next time.
    for (const browser of world.browsers) reopen(browser);
    reopenAt += 20 * MINUTE_MS;
  }
  chronicle.count('seconds-to-peace', Math.round((timeline.now - began) / 1000));
  if (unrest !== undefined) return chronicle.find(Verdict.Diverged, unrest);
  chronicle.count('peace');
  const alive = world.browsers.filter(({ isDead }) => !isDead);
  const state = stateOf(mostInformed(alive));
  judge(chronicle, state, alive);
  await meetNewcomer(world, state);
}

function reopen(browser: Browser): void {
  if (browser.isDead) return;
  for (const tab of [...browser.tabs]) browser.killTab(tab);
  void browser.openTab();
}

/** What is not yet as it has to be, or nothing. */
function unrestIn(world: World): string | undefined {
  const { browsers, chronicle } = world;
  const relays = lasting(world);
  const alive = browsers.filter(({ isDead }) => !isDead);
  for (const browser of alive) {
    const holder = browser.holder;
    if (!holder?.status) return `${browser.name}: no tab syncs`;
    const { pending, problems, phase } = holder.status;
    if (pending > 0) return `${browser.name}: ${pending} documents pending, ${phase}, ${JSON.stringify(problems)}`;
    if (!holder.isSynced || !holder.replica.isProven) return `${browser.name}: has not read enough relays`;
  }
  for (const browser of alive) {
    // Slots that are ahead of a corrected clock are left alone until their time.
    if (Math.abs(browser.skewMs) > 600_000) continue;
    for (const relay of showing(relays, alive)) {
      const excess = excessEvents(chronicle, browser, relay, browser.options.settings.pageBytes);
      if (excess > 0) return `${browser.name} keeps ${excess} live events too many on ${relay.url}`;
    }
  }
  const informed = mostInformed(alive);
  const state = stateOf(informed);
  for (const browser of alive) {
    const difference = differenceOf(knownTo(browser, state), stateOf(browser));
    if (difference) return `${informed.name} and ${browser.name} differ in ${difference}`;
  }
  for (const relay of showing(relays, alive)) {
    const difference = differenceWithRelay(chronicle, relay, state);
    if (difference) return difference;
  }
  return undefined;
}

/** One that runs the newer version of the app. */
const mostInformed = (alive: readonly Browser[]): Browser =>
  alive.find(({ version }) => version === AppVersion.Newer) ?? alive[0]!;

const listedNow = ({ relays, lists, isPeaceful }: World): readonly number[] =>
  isPeaceful ? (lists?.next ?? [...relays.keys()]) : (lists?.former ?? [...relays.keys()]);

/** Those of the last list. */
const lasting = ({ relays, lists }: World): readonly SimulatedRelay[] => (lists ? listOf(relays, lists.next) : relays);

/** Those where everything has to be. A silent relay may hold anything: nobody can tell. A spare holds what it had when it was in use. */
function showing(relays: readonly SimulatedRelay[], alive: readonly Browser[]): readonly SimulatedRelay[] {
  const inUse = (url: string) =>
    alive.some(({ holder }) =>
      holder?.status?.relays.some((relay) => relay.url === url && relay.state === RelayState.Live),
    );
  const shown = relays.filter(({ habits, isGone }) => !habits.isSilent && !isGone);
  return relays.length > ACTIVE_RELAYS ? shown.filter(({ url }) => inUse(url)) : shown;
}

const ACTIVE_RELAYS = readConfig(configJson).activeRelays;

/** A brand-new device gets everything, from any one relay. */
async function meetNewcomer(world: World, state: State): Promise<void> {
  const { timeline, chronicle, browsers } = world;
  const relays = lasting(world);
  const candidates = showing(relays, browsers);
  const relay = candidates[chronicle.edits.length % candidates.length]!;
  const newcomer = world.addBrowser(AppVersion.Newer);
  for (const { url } of relays) if (url !== relay.url) newcomer.unreachable.add(url);
  void newcomer.openTab();
  let difference: string | undefined;
  const isThere = () => (difference = differenceOf(state, stateOf(newcomer))) === undefined;
  for (let waited = 0; waited < 8 * MINUTE_MS && !isThere(); waited += 1_000) await timeline.run(1_000);
  browsers.pop();
  if (difference) chronicle.find(Verdict.Diverged, `a new device at ${relay.url} differs in ${difference}`);
}
