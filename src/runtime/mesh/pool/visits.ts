/**
 * The sockets that go round the relays that are not in use: spares of the list, relays of earlier lists, and those that other devices write to. So devices that
 * use other relays are met, and a relay of the list that was away is found again.
 */
import type { VisitsConfig } from '../../core/config';
import type { Clock, Random } from '../../core/clock';
import { RelayOrigin } from '../../core/status';
import type { RelayProfile } from '../relay-profile';
import type { Visit, VisitResult } from './visit';

export interface VisitsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly config: VisitsConfig;
  /** Those that may be visited, with or without a place. */
  readonly relays: () => readonly RelayProfile[];
  /** Relays in use that are connected. */
  readonly openRelays: () => number;
  /** So many make a write durable. */
  readonly durableOn: number;
  /** As many relays as make a write durable have shown what they hold. */
  readonly isAllRead: () => boolean;
  /** It cannot be reached, and would be in use if it could. */
  readonly isMissed: (profile: RelayProfile) => boolean;
  readonly createVisit: (profile: RelayProfile, ended: (result: VisitResult) => void) => Visit;
  /** When a relay of this host was tried last that is known from manifests alone, also in an earlier session: wall clock, ms; -Infinity: never. */
  readonly triedAt: (hostname: string) => number;
  readonly noteReach: (profile: RelayProfile, isDown: boolean) => void;
  readonly changed: () => void;
}

interface Turn {
  /** When the last visit began, monotonic ms. */
  readonly beganAt: number;
  /** ms until the next one, if nothing is more urgent; twice as long each time that brings nothing. */
  readonly intervalMs: number;
  /** From 0 to 1, anew for each turn. */
  readonly luck: number;
}

/** So often it is looked whether the relays in use have been read. */
const SETTLING_MS = 1_000;

export type Visits = ReturnType<typeof createVisits>;

export function createVisits(options: VisitsOptions) {
  const { clock, random, config, relays, openRelays, durableOn, isMissed, createVisit, noteReach, changed } = options;
  const turns = new Map<string, Turn>();
  /** Under way, by address. */
  const running = new Map<string, { readonly profile: RelayProfile; readonly visit: Visit }>();
  let firstAt = Infinity;
  let isStopped = false;
  let cancelTimer = () => {};

  function visitDue(): void {
    cancelTimer();
    if (isStopped || firstAt === Infinity) return;
    const settlingMs = settlingForMs();
    if (settlingMs > 0) return void (cancelTimer = clock.after(Math.min(settlingMs, SETTLING_MS), visitDue));
    const waiting = relays()
      .filter((profile) => !profile.relay && !running.has(profile.url) && !profile.demotion(clock.now()))
      .map((profile) => ({ profile, waitMs: waitMsOf(profile) }))
      .sort((a, b) => a.waitMs - b.waitMs);
    for (const { profile, waitMs } of waiting) {
      if (running.size >= config.sockets) return;
      // A host of several relays is left alone after the first of them.
      if (waitMs > 0 || waitMsOf(profile) > 0) continue;
      begin(profile);
    }
    const next = waiting.find(({ profile }) => !running.has(profile.url));
    if (next)
      cancelTimer = clock.after(Math.max(1, Math.min(waitMsOf(next.profile), config.scarceIntervalMs)), visitDue);
  }

  /** What the relays in use hold is read first, for some time: a new device has enough to do with it. */
  function settlingForMs(): number {
    const isScarce = openRelays() < durableOn;
    return isScarce || options.isAllRead() ? 0 : Math.max(0, firstAt + config.settleMs - clock.monotonic());
  }

  function waitMsOf(profile: RelayProfile): number {
    const now = clock.monotonic();
    const turn = turns.get(profile.url);
    const dueAt = turn ? turn.beganAt + intervalMsOf(profile, turn) : firstAt;
    return Math.max(0, dueAt - now, sparedMs(profile));
  }

  /** Clients that lost a relay together do not come back to it together. */
  function intervalMsOf(profile: RelayProfile, { intervalMs, luck }: Turn): number {
    const isSpread = 0.75 + luck / 4;
    if (profile.origin === RelayOrigin.List && openRelays() === 0) return config.cutOffIntervalMs * isSpread;
    if (isMissed(profile)) return Math.min(intervalMs, config.returnIntervalMs) * isSpread;
    if (openRelays() < durableOn) return Math.min(intervalMs, config.scarceIntervalMs) * isSpread;
    return intervalMs * isSpread;
  }

  /** Whoever writes manifests could send all devices of a user to a host that has nothing to do with it. */
  function sparedMs(profile: RelayProfile): number {
    if (!isHearsay(profile)) return 0;
    return Math.max(0, options.triedAt(new URL(profile.url).hostname) + config.intervalMs - clock.now());
  }

  function begin(profile: RelayProfile): void {
    const before = turns.get(profile.url);
    const intervalMs = Math.min(config.intervalMs, 2 * (before?.intervalMs ?? config.intervalMs));
    turns.set(profile.url, { beganAt: clock.monotonic(), intervalMs, luck: random() });
    if (isHearsay(profile)) profile.visits.noteTried(clock.now());
    const visit = createVisit(profile, (result) => end(profile, result));
    running.set(profile.url, { profile, visit });
    profile.visitor = visit;
    visit.start();
  }

  function end(profile: RelayProfile, { isReached, hasNews }: VisitResult): void {
    const turn = turns.get(profile.url);
    if (turn && hasNews) turns.set(profile.url, { ...turn, intervalMs: config.newsIntervalMs });
    running.delete(profile.url);
    profile.visitor = undefined;
    noteReach(profile, !isReached);
    changed();
    visitSoon();
  }

  /** Deferred: we may be inside a callback of a visit, or of what it has changed. */
  function visitSoon(): void {
    cancelTimer();
    cancelTimer = clock.after(0, visitDue);
  }

  function leave(profile: RelayProfile): void {
    if (!running.has(profile.url)) return;
    running.get(profile.url)?.visit.stop();
    running.delete(profile.url);
    profile.visitor = undefined;
    if (!isStopped) visitSoon();
  }

  return {
    start(): void {
      firstAt = clock.monotonic() + config.firstAfterMs * (0.5 + random() / 2);
      visitDue();
    },
    /** Another relay is connected or none is any more, others are in use or are known. */
    reconsider(): void {
      if (!isStopped && firstAt !== Infinity) visitSoon();
    },
    /** No relay is connected, and the network may have changed. */
    kick(): void {
      if (isStopped || firstAt === Infinity) return;
      for (const [url, turn] of turns) {
        const isRecent = clock.monotonic() - turn.beganAt < config.cutOffIntervalMs / 4;
        const isOfList = relays().some((profile) => profile.url === url && profile.origin === RelayOrigin.List);
        if (isOfList && !isRecent) turns.delete(url);
      }
      firstAt = Math.min(firstAt, clock.monotonic());
      visitSoon();
    },
    /** It is in use now, or is not to be used. */
    leave,
    stop(): void {
      isStopped = true;
      cancelTimer();
      for (const { profile } of [...running.values()]) leave(profile);
    },
  };
}

/** It is known from manifests alone, and has never had anything of this user's. */
const isHearsay = ({ origin, visits }: RelayProfile): boolean => origin === RelayOrigin.Device && !visits.hasServed;
