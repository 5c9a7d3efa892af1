/**
 * One visit to a relay that is not in use: what it holds is read and merged as from any other, and it gets this device's manifest, so that devices that use it
 * find this one. Nothing else is written, and what is found counts neither as stored nor as read.
 */
import type { Filter } from '../../core/nostr';
import type { Head } from '../../contracts/mesh';
import { Tier } from '../../contracts/slot';
import type { NostrEvent } from '../../contracts/slot';
import { isNewer } from '../../contracts/version-order';
import { LinkState } from '../../relay/link';
import { isFinal, quoteReason, Verdict } from '../../relay/verdict';
import type { Admitted } from '../admitted';
import { Demotion } from './demotion';
import { missingFrom } from '../event-intake';
import type { AdmissionDone } from '../event-intake';
import type { RelayProfile, RelayVisitor } from '../relay-profile';
import type { SessionContext } from '../session/context';
import { batches, readAddresses, readFully } from '../session/reading/full-read';
import type { Answer } from '../session/queries';
import { RelayQueries } from '../session/queries';

export interface VisitOptions {
  readonly profile: RelayProfile;
  readonly context: SessionContext;
  /** It is connected and answers. */
  readonly reached: () => void;
  /** Called once, unless the visit is stopped before. */
  readonly ended: (result: VisitResult) => void;
}

export interface VisitResult {
  /** It has answered. */
  readonly isReached: boolean;
  /** It had something that this device did not know. */
  readonly hasNews: boolean;
}

export interface Visit extends RelayVisitor {
  start(): void;
  /** Nothing is called back afterwards. */
  stop(): void;
}

export function createVisit({ profile, context, reached, ended }: VisitOptions): Visit {
  const { clock, config, pubkey, heads, intake } = context;
  const { url, limits, visits } = profile;
  const { addressesPerRequest, maxPages, triesPerRead } = config.reading;
  const since = visits.since(clock.now());
  const beganAt = clock.now();
  let isReached = false;
  let hasNews = false;
  let isOver = false;
  let ticks = 0;
  let cancelTimeout = () => {};
  /** Own manifests that the relay holds. */
  const held = new Map<string, Admitted>();

  const link = context.connect(
    url,
    {
      stateChanged: linkChanged,
      authenticated: () => {},
      authRefused: (verdict, reason) => refused(verdict, reason),
      // A stranger may be shown nothing, so whoever visits waits a moment to be asked who he is.
      expectsChallenge: () => true,
      challenged: (wasChallenged) => profile.noteChallenge(wasChallenged),
      misbehaved: () => context.misbehaved(url),
      flooded: () => context.demote(profile, Demotion.Floods),
    },
    context.authClock,
  );
  const queries = new RelayQueries({
    link,
    admit,
    tick: () => ++ticks,
    triesPerRead,
    concurrent: () => 1,
    mostEvents: () => limits.eventsPerAnswer(clock.now()),
    limitRefused: (asked, reason) => limits.refusedLimit(asked, reason, clock.now()),
    refused,
    unanswered: () => {},
  });

  function linkChanged(state: LinkState): void {
    if (isOver) return;
    if (state === LinkState.Waiting) return end();
    if (state === LinkState.Open) readManifests();
  }

  /** Of the devices that are known, and of this one: whatever the clocks of their authors, they tell what is new. */
  function readManifests(): void {
    const addresses = [...new Set([...intake.manifests.keys(), ...ownManifests().map(({ version }) => version.d)])];
    const rest = [...batches(addresses, addressesPerRequest)];
    const readNext = (): void => {
      const batch = rest.shift();
      if (!batch) return readRest();
      readAddresses(ask, batch, (answer) => {
        if (!answer) return end();
        learn(answer);
        readNext();
      });
    };
    readNext();
  }

  function readRest(): void {
    const options = {
      ...{ ask, maxPages, addressesPerRequest, learned: learn },
      pageLimit: limits.eventsPerAnswer(clock.now()),
      missing: (present: ReadonlyMap<string, Admitted>) =>
        missingFrom(intake.manifests, (d) => present.get(d) ?? knownAt(d)),
    };
    readFully(options, (_present, isComplete) => {
      if (isOver) return;
      if (isComplete) visits.noteRead(beganAt, since === undefined);
      giveManifest();
    });
  }

  function giveManifest(): void {
    const [head] = ownManifests().sort((a, b) => seqOf(b) - seqOf(a));
    const there = head && held.get(head.version.d);
    if (!head || (there && !isNewer(head.version, there))) return end();
    link.publish(head.event, (verdict, reason) => {
      if (verdict === Verdict.Accepted || verdict === Verdict.Duplicate) visits.noteServed();
      else noteRefusal(verdict, reason);
      end();
    });
  }

  function ask(filter: Filter, done: (answer: Answer | undefined) => void): void {
    const isNamed = filter['#d'] !== undefined;
    const ours = { kinds: [config.kind], authors: [pubkey], ...(!isNamed && since !== undefined && { since }) };
    queries.ask({ ...ours, ...filter }, done);
  }

  function admit(event: NostrEvent, done: AdmissionDone): void {
    const known = heads.get(event.tags[0]?.[1] ?? '')?.head.version;
    intake.admit(event, url, (slot, hasFailed) => {
      hasNews ||= slot !== undefined && (!known || isNewer(slot, known));
      done(slot, hasFailed);
    });
  }

  function learn({ found }: Answer): void {
    if (!isReached) {
      isReached = true;
      reached();
    }
    if (found.size > 0) visits.noteServed();
    for (const [d, slot] of found) if (heads.get(d)?.head.own) held.set(d, slot);
  }

  function knownAt(d: string): Admitted | undefined {
    const version = heads.get(d)?.head.version;
    if (!version) return undefined;
    const { createdAt, nonce } = version;
    return version.nonce === undefined ? { d, createdAt, nonce, version: undefined } : { d, createdAt, nonce, version };
  }

  const ownManifests = (): Head[] =>
    [...heads.values()]
      .map(({ head }) => head)
      .filter(({ own, version }) => own && version.nonce !== undefined && version.tier === Tier.Manifest);

  function noteRefusal(verdict: Verdict, reason: string): void {
    if (verdict === Verdict.Unanswered || verdict === Verdict.Lost) return;
    profile.noteRefusal(quoteReason(reason) || verdict, clock.now());
  }

  /** What it does not let us read. */
  function refused(verdict: Verdict, reason: string): void {
    noteRefusal(verdict, reason);
    if (verdict === Verdict.AuthRequired) context.demote(profile, Demotion.Excludes);
    else if (isFinal(verdict)) context.demote(profile, Demotion.Refuses);
  }

  function close(): void {
    isOver = true;
    cancelTimeout();
    queries.abandon();
    link.stop();
  }

  function end(): void {
    if (isOver) return;
    close();
    if (isReached) profile.lastSuccessAt = clock.now();
    ended({ isReached, hasNews });
  }

  return {
    get linkState(): LinkState {
      return link.state;
    },
    get roundTripMs(): number | null {
      return link.roundTripMs;
    },
    start(): void {
      cancelTimeout = clock.after(config.visits.longestMs, end);
      link.start();
    },
    stop: close,
  };
}

const seqOf = ({ version }: Head): number => (version.nonce === undefined ? 0 : version.seq);
