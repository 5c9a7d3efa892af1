/** A plan of a world: who is there, what they do and what happens to them. Plain data, so that a failing one can be made smaller. */
import { idLengthOf } from './app/app';
import { drawIds } from './app/pools';
import { AppVersion } from './collections';
import { createDice } from './random';
import { planLists, withReleases } from './plan-lists';
import type { Dice } from './random';
import type { AuthHabit, Habits, Mishaps } from './relay';
import { Operation } from './worker-process';

export interface Plan {
  readonly relays: readonly Habits[];
  /** The list of relays changes. Undefined: it has all of them, always. */
  readonly lists?: PlannedLists;
  readonly browsers: readonly PlannedBrowser[];
  readonly pageBytes: number;
  readonly lengthMs: number;
  readonly steps: readonly Step[];
}

/** Indices of the relays that the first release names, and those of the next one. */
export interface PlannedLists {
  readonly former: readonly number[];
  readonly next: readonly number[];
}

export interface PlannedBrowser {
  readonly skewMs: number;
  readonly tabs: number;
  readonly version: AppVersion;
  /** Until then its user has mistyped the secret. */
  readonly mistypedForMs?: number;
}

export enum Act {
  Insert = 'insert',
  Patch = 'patch',
  /** A change of what was seen a while ago. */
  OldView = 'old-view',
  Remove = 'remove',
  Bulk = 'bulk',
  Seed = 'seed',
  Secret = 'secret',
  Extra = 'extra',
  /** What has to be refused. */
  Refused = 'refused',
}

/** Somebody does something in a tab of his app. `draw` decides what exactly. */
export interface ActStep {
  readonly kind: 'act';
  readonly atMs: number;
  readonly browser: number;
  readonly act: Act;
  readonly id: string;
  readonly draw: number;
}

export type StrikeStep = { readonly atMs: number } & (
  | {
      readonly kind: 'crash';
      readonly browser: number;
      readonly operations: number;
      readonly after?: Operation;
      readonly backMs: number;
    }
  | { readonly kind: 'freeze'; readonly browser: number; readonly operations: number; readonly forMs: number }
  | {
      readonly kind:
        | 'open-tab'
        | 'close-tab'
        | 'die'
        | 'clone'
        | 'restore'
        | 'lose-ledger'
        | 'lose-documents'
        | 'update'
        | 'release';
      readonly browser: number;
      readonly draw: number;
    }
  | { readonly kind: 'clock'; readonly browser: number; readonly skewMs: number }
  | { readonly kind: 'partition'; readonly browser: number; readonly relay: number; readonly forMs: number }
  /** The relay is gone for good. */
  | { readonly kind: 'perish'; readonly relay: number }
  | { readonly kind: 'outage' | 'wipe' | 'rollback'; readonly relay: number; readonly forMs: number }
  | {
      readonly kind: 'mishap';
      readonly relay: number;
      readonly mishap: keyof Mishaps;
      readonly probability: number;
      readonly forMs: number;
    }
);

export type Step = ActStep | StrikeStep;

export function planWorld(seed: number): Plan {
  if (createDice(seed * 7 + 3).chance(WIDE_WORLDS)) return planWideWorld(seed);
  const dice = createDice(seed);
  // Relays that look at clocks beside others that do not make every correction wait until the time has come.
  const lists = planLists(createDice(seed * 5 + 3));
  const strictness = dice.pick(lists ? [0, 1] : [0, 0, 1, 1, 1, 1, 1, 0.5]);
  const relays = lists
    ? Array.from({ length: Math.max(...lists.next) + 1 }, () => habitsOf(dice, strictness))
    : planRelays(dice, strictness);
  const browsers = Array.from({ length: dice.pick([2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 4, 5]) }, () => ({
    skewMs: lists ? dice.pick([0, -120_000, 300_000]) : skewOf(dice, relays),
    tabs: dice.pick([1, 1, 1, 1, 1, 1, 2, 3]),
    version: dice.pick([AppVersion.Older, AppVersion.Newer]),
  }));
  // Every world has both, and somebody reads all that there is.
  browsers[0]!.version = AppVersion.Newer;
  browsers[1]!.version = AppVersion.Older;
  const lengthMs = dice.between(6, 25) * 1000;
  const actions = planActs(dice, drawIds(dice.fork(), 12, idLengthOf(seed)), browsers.length, lengthMs);
  const faults = dice.chance(0.1) ? [] : planStrikes(dice, browsers.length, relays, lengthMs);
  const strikes = lists ? withReleases(dice, faults, browsers.length, lengthMs) : faults;
  const steps: Step[] = [...actions, ...strikes].sort((a, b) => a.atMs - b.atMs);
  const pageBytes = dice.pick([4096, 8192, 32768]);
  const common = { relays, pageBytes, lengthMs, steps };
  return lists ? { ...common, lists, browsers } : { ...common, browsers: mistype(dice, browsers, lengthMs) };
}

/** Part of all worlds that have more relays than are active at once. */
const WIDE_WORLDS = 0.1;
const MOST_RELAYS = 8;

/** Eight relays, of which four are active: some are gone for good, most are away for a while, some come back when others go. */
function planWideWorld(seed: number): Plan {
  const dice = createDice(seed);
  const relays = Array.from({ length: MOST_RELAYS }, () => habitsOf(dice, 0));
  const browsers = [AppVersion.Newer, AppVersion.Older].map((version) => ({ skewMs: 0, tabs: 1, version }));
  const lengthMs = dice.between(30, 90) * 1000;
  const actions = planActs(dice, drawIds(dice.fork(), 12, idLengthOf(seed)), browsers.length, lengthMs);
  const strikes = dice.chance(0.5) ? planStrikes(dice, browsers.length, relays, lengthMs) : [];
  const steps: Step[] = [...actions, ...strikes, ...planLosses(dice, lengthMs)].sort((a, b) => a.atMs - b.atMs);
  return { relays, browsers, pageBytes: dice.pick([4096, 8192, 32768]), lengthMs, steps };
}

/** Mostly of those that come first, because those are in use. */
function planLosses(dice: Dice, lengthMs: number): readonly StrikeStep[] {
  const relay = () => dice.between(0, dice.pick([3, 3, MOST_RELAYS - 1]));
  const atMs = () => dice.between(0, lengthMs - 1);
  const perishing = Array.from({ length: dice.between(0, 6) }, () => ({
    ...{ kind: 'perish' as const, atMs: atMs(), relay: relay() },
  }));
  const away = Array.from({ length: dice.between(0, 10) }, () => ({
    ...{ kind: 'outage' as const, atMs: atMs(), relay: relay(), forMs: dice.between(1_000, 60_000) },
  }));
  return [...perishing, ...away];
}

/** One of the users begins with a mistyped secret: two would take each other for proof that it is right. */
function mistype(dice: Dice, browsers: readonly PlannedBrowser[], lengthMs: number): readonly PlannedBrowser[] {
  const mistyper = dice.chance(0.2) ? dice.between(0, browsers.length - 1) : -1;
  // Before anything is durable, or after it.
  const mistypedForMs = dice.chance(0.3) ? dice.between(20, 400) : dice.between(500, lengthMs);
  return browsers.map((browser, index) => (index === mistyper ? { ...browser, mistypedForMs } : browser));
}

function planRelays(dice: Dice, strictness: number): readonly Habits[] {
  const relays = Array.from({ length: dice.pick([1, 1, 2, 2, 2, 2, 2, 3, 4]) }, () => habitsOf(dice, strictness));
  // Beside enough others that show what they hold.
  const hasSilent = relays.length >= 3 && dice.chance(0.5);
  return hasSilent ? relays.with(dice.between(0, relays.length - 1), { ...relays[0]!, isSilent: true }) : relays;
}

/** As strfry, and as nostream; sessions that end are nostream's. */
function authOf(dice: Dice): AuthHabit {
  return {
    strangers: dice.pick(['refused', 'find-nothing']),
    ...dice.pick([
      { pastSeconds: 60, aheadSeconds: 900, sessionMs: Infinity },
      { pastSeconds: 600, aheadSeconds: 600, sessionMs: 5_000 },
    ]),
  };
}

function habitsOf(dice: Dice, strictness: number): Habits {
  return {
    isSilent: false,
    ...(dice.chance(0.3) && { auth: authOf(dice) }),
    tie: dice.chance(0.5) ? 'lowest-id' : 'first',
    politeAboutStale: dice.chance(0.5),
    echoesStale: dice.chance(0.2),
    maxLimit: dice.pick([500, 500, 100, 25]),
    ...(dice.chance(strictness)
      ? { aheadSeconds: 900, behindSeconds: 94_608_000 }
      : { aheadSeconds: Infinity, behindSeconds: Infinity }),
    saysFinish: dice.chance(0.3),
    latencyMs: dice.pick([5, 30, 120]),
  };
}

/** A clock that relays refuse is corrected by most of them, and at least two, only; with fewer that look at it, it stays within their bounds. */
function skewOf(dice: Dice, relays: readonly Habits[]): number {
  const strict = relays.filter(({ aheadSeconds }) => aheadSeconds !== Infinity).length;
  const wild = strict === 0 || (strict >= 2 && strict * 2 > relays.length);
  const seconds = dice.pick(wild ? [0, 0, -120, 300, -7200, 7200] : [0, 0, -120, 300]);
  return seconds * 1000;
}

const ACTS: readonly Act[] = [
  ...[Act.Patch, Act.Patch, Act.Patch, Act.Patch, Act.Patch, Act.Patch, Act.Patch, Act.Patch, Act.Patch, Act.Patch],
  ...[Act.OldView, Act.OldView, Act.OldView],
  ...[Act.Insert, Act.Insert, Act.Insert, Act.Remove, Act.Remove, Act.Secret, Act.Extra, Act.Refused],
];

/** A change of an old view may come to nothing, and what is refused does. */
const MAY_CHANGE_NOTHING: ReadonlySet<Act> = new Set([Act.OldView, Act.Refused]);

/** Enough for a hundred edits: now and then a crash comes first. */
const ACTIONS = 104;

function planActs(dice: Dice, ids: readonly string[], browsers: number, lengthMs: number): readonly ActStep[] {
  const acts: ActStep[] = [];
  const documents = dice.between(3, 12);
  const add = (atMs: number, browser: number, act: Act, id = ids[dice.between(1, documents) - 1]!) =>
    acts.push({ kind: 'act', atMs, browser, act, id, draw: dice.between(0, 1e9) });
  const left = () => ACTIONS - acts.filter(({ act }) => !MAY_CHANGE_NOTHING.has(act)).length;
  while (left() > 0) {
    const browser = dice.between(0, browsers - 1);
    const atMs = dice.between(0, lengthMs - 1000);
    const inBurst = Math.min(dice.chance(0.4) ? dice.between(3, 16) : 1, left());
    for (let i = 0; i < inBurst; i++) add(atMs + i * dice.between(1, 80), browser, dice.pick(ACTS));
  }
  if (dice.chance(0.5))
    for (let browser = 0; browser < browsers; browser++) add(dice.between(0, 5000), browser, Act.Seed, ids[0]);
  if (dice.chance(0.1)) add(dice.between(0, lengthMs), dice.between(0, browsers - 1), Act.Bulk);
  return acts;
}

const MISHAPS: readonly (keyof Mishaps)[] = [
  ...(['okButDropped', 'okSwallowed', 'eoseSwallowed', 'liveLost', 'liveDoubled'] as const),
  ...(['staleReplay', 'refused', 'reordered', 'forged'] as const),
];

function planStrikes(dice: Dice, browsers: number, relays: readonly Habits[], lengthMs: number): readonly StrikeStep[] {
  const count = dice.between(2, 14);
  const strikes = Array.from({ length: count }, (): StrikeStep => {
    const atMs = dice.between(0, lengthMs - 1);
    const browser = dice.between(0, browsers - 1);
    const relay = dice.between(0, relays.length - 1);
    const forMs = dice.between(500, 15_000);
    const x = dice.next();
    if (x < 0.3)
      return {
        ...{ kind: 'crash', atMs, browser, operations: dice.between(1, 60), backMs: dice.between(50, 6_000) },
        // An event has left, and its record may be still to be written.
        ...(dice.chance(0.3) && { after: Operation.Publish }),
      };
    if (x < 0.42) return { kind: 'freeze', atMs, browser, operations: dice.between(1, 60), forMs };
    if (x < 0.5)
      return {
        kind: dice.pick(['open-tab', 'close-tab', 'update'] as const),
        atMs,
        browser,
        draw: dice.between(0, 99),
      };
    if (x < 0.57) return { kind: 'partition', atMs, browser, relay, forMs };
    if (x < 0.62) return { kind: 'outage', atMs, relay, forMs };
    if (x < 0.7) return { kind: dice.pick(['wipe', 'rollback'] as const), atMs, relay, forMs };
    if (x < 0.75) return { kind: 'clock', atMs, browser, skewMs: skewOf(dice, relays) };
    if (x < 0.82) {
      const kind = dice.pick(['die', 'clone', 'restore', 'restore', 'lose-ledger', 'lose-documents'] as const);
      return { kind, atMs, browser, draw: dice.between(0, 1e6) };
    }
    return { kind: 'mishap', atMs, relay, mishap: dice.pick(MISHAPS), probability: dice.pick([0.1, 0.4, 1]), forMs };
  });
  return strikes;
}
