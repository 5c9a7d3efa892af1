/** Relays that serve and take only so much, of whom they know: NIP-42, silence, rates and limits that no document tells. */
import { createSession } from '../../authentication';
import type { AuthTerms, Session } from '../../authentication';
import { Persistence, parseEvent, persistenceOf } from '../../event';
import type { NostrEvent } from '../../event';
import { parseFilter } from '../../filter';
import type { Filter } from '../../filter';
import { personalityOf } from '../../personality';
import type { RelayMode } from '../../personality';
import { createRateLimit } from '../../rate';
import type { RateLimit, RatePolicy } from '../../rate';
import { asksForRestrictedOnly, mayRead, restrictionOf } from '../../restriction';
import type { Restriction } from '../../restriction';
import { verify } from '../../verify';
import { Effect, defineFault, perLink, publishedEvent, servedEvent } from '../fault';
import type { Chaos, Fault, Frame, Injection, Link } from '../fault';

const section = 'access';

type Terms = {
  readonly kind: number;
  readonly pastSeconds: number;
  readonly futureSeconds: number;
  /** 0: as long as the connection. */
  readonly sessionSeconds: number;
  /** 1: writing needs the key, too. */
  readonly writes: number;
};
const strfryTerms: Terms = { kind: 30_078, pastSeconds: 60, futureSeconds: 900, sessionSeconds: 0, writes: 0 };
const nostreamTerms: Terms = { kind: 30_078, pastSeconds: 600, futureSeconds: 600, sessionSeconds: 0, writes: 1 };

/** The gate of a relay that restricts a kind, in front of one that does not; the relay's own challenges are kept from the client. */
function restrict(
  mode: RelayMode,
  strangersGet: Restriction['strangersGet'] = 'refusal',
  challenges?: AuthTerms['challenges'],
): Injection<Terms> {
  const sessions = new WeakMap<Link, Session>();
  const words = personalityOf(mode).restriction;

  return {
    onOpen(link, terms) {
      sessionOf(link, terms);
      return Effect.None;
    },
    fromClient(frame, link, terms) {
      const session = sessionOf(link, terms);
      const [verb, subject, ...values] = frame.message ?? [];
      if (verb === 'AUTH') return answerAuth(subject, session, link);
      const event = publishedEvent(frame);
      if (event) {
        const isRefused = terms.writes > 0 && event.kind === terms.kind && !session.keys().has(event.pubkey);
        return isRefused ? refuse(session, link, 'OK', event.id, false, words.writeRefused) : Effect.None;
      }
      if (verb !== 'REQ' && verb !== 'COUNT') return Effect.None;
      const filters = values
        .map((value) => parseFilter(value, Infinity))
        .filter((filter): filter is Filter => !('reason' in filter));
      if (session.keys().size > 0 || !asksForRestrictedOnly(restrictionFor(terms), filters)) return Effect.None;
      if (strangersGet === 'refusal') return refuse(session, link, 'CLOSED', subject, words.readRefused);
      // The relay answers, and what it answers is held back below.
      session.demand();
      return Effect.None;
    },
    fromRelay(frame, link, terms) {
      if (frame.message?.[0] === 'AUTH') return Effect.Taken;
      const served = servedEvent(frame);
      if (!served || mayRead(restrictionFor(terms), served.event, sessionOf(link, terms).keys())) return Effect.None;
      return Effect.Taken;
    },
  };

  function sessionOf(link: Link, { pastSeconds, futureSeconds, sessionSeconds }: Terms): Session {
    const known = sessions.get(link);
    if (known) return known;
    const terms = { pastSeconds, futureSeconds, sessionSeconds: sessionSeconds || Infinity };
    const session = createSession({
      habits: personalityOf(mode, {}, challenges ? { ...terms, challenges } : terms).auth,
      verify,
      nowSeconds: () => nowSeconds(link.chaos),
      sendChallenge: (challenge) => link.toClient('AUTH', challenge),
    });
    sessions.set(link, session);
    return session;
  }
}

function answerAuth(value: unknown, session: Session, link: Link): Effect {
  const event = parseEvent(value);
  if ('reason' in event) return Effect.Taken;
  const { accepted, message } = session.answer(event);
  link.toClient('OK', event.id, accepted, message);
  return Effect.Taken;
}

function refuse(session: Session, link: Link, ...refusal: readonly unknown[]): Effect {
  session.demand();
  link.toClient(...refusal);
  return Effect.Taken;
}

const restrictionFor = ({ kind }: Terms): Restriction => restrictionOf({ kinds: [kind] });
const nowSeconds = (chaos: Chaos): number => Math.floor(chaos.clock.now() / 1000);

/** Counts the addressable events of all connections of a proxy. */
function limitRate(counting: RatePolicy['counting'], whoOf: (event: NostrEvent) => string) {
  const limits = perLink<Chaos, { take: RateLimit }>(() => ({ take: () => true }));
  return {
    onSwitchedOn(chaos: Chaos, { perMinute }: { readonly perMinute: number }): Effect {
      limits(chaos).take = createRateLimit({ perMinute, counting }, () => nowSeconds(chaos));
      return Effect.None;
    },
    fromClient(frame: Frame, link: Link): Effect {
      const event = publishedEvent(frame);
      if (!event || persistenceOf(event.kind) !== Persistence.Addressable) return Effect.None;
      if (limits(link.chaos).take(whoOf(event))) return Effect.None;
      link.toClient('OK', event.id, false, 'rate-limited: slow down');
      return Effect.Taken;
    },
  };
}

const readsAfterAuth =
  'A new device authenticates and reads everything; until then the status is not `online` and says why. The relay is not demoted.';
const slowsDown =
  'Every write is stored in the end, the pace stays below the limit once it was met, and the relay is not demoted.';

export const accessFaults: readonly Fault[] = [
  defineFault({
    name: 'restricted-strfry',
    section,
    sentence:
      'Kind `kind` is served to its author only, after NIP-42, in the words and with the challenge (at the first refusal, once) of strfry.',
    holds: readsAfterAuth,
    settings: strfryTerms,
    inject: restrict('strfry'),
  }),
  defineFault({
    name: 'restricted-nostream',
    section,
    sentence:
      'Kind `kind` is served to (and taken from) its author only, after NIP-42, in the words and with the challenge (at connect, once) of nostream.',
    holds: readsAfterAuth,
    settings: nostreamTerms,
    inject: restrict('nostream'),
  }),
  defineFault({
    name: 'restricted-in-silence',
    section,
    sentence:
      'Strangers are challenged at connect and served nothing of kind `kind`: EOSE without events, and no refusal.',
    holds: `${readsAfterAuth} An empty read before AUTH proves nothing.`,
    settings: { ...nostreamTerms, writes: 0 },
    inject: restrict('strict', 'nothing', 'at-connect'),
  }),
  defineFault({
    name: 'auth-window-narrow',
    section,
    sentence: 'As `restricted-strfry`, and an answer may be off by only `pastSeconds` and `futureSeconds`.',
    holds:
      'A device whose clock is off signs again with a corrected `created_at`, reads everything, and reports `CLOCK_WRONG`.',
    settings: { ...strfryTerms, pastSeconds: 5, futureSeconds: 5 },
    inject: restrict('strfry'),
  }),
  defineFault({
    name: 'session-expires',
    section,
    sentence:
      'As `restricted-nostream`, and an answer counts for `sessionSeconds`; then it is `auth-required` again, without a new challenge.',
    holds: 'The session is renewed as often as needed, with back-off; nothing is lost and the relay is not demoted.',
    settings: { ...nostreamTerms, sessionSeconds: 30 },
    inject: restrict('nostream'),
  }),
  defineFault({
    name: 'silent',
    section,
    sentence: 'Everything is accepted and stored, and no event is ever shown.',
    holds:
      'It is called silent, not empty; nothing counts as stored there, it proves no read, and it loses its place within 90 s.',
    settings: {},
    inject: { fromRelay: (frame) => (servedEvent(frame) ? Effect.Taken : Effect.None) },
  }),
  defineFault({
    name: 'rate-per-key',
    section,
    sentence: 'Each key may publish `perMinute` addressable events in a minute, over all connections.',
    holds: slowsDown,
    settings: { perMinute: 12 },
    inject: limitRate('window', ({ pubkey }) => pubkey),
  }),
  defineFault({
    name: 'rate-per-address',
    section,
    sentence: 'All clients together, as if behind one router, may publish `perMinute` addressable events in a minute.',
    holds: slowsDown,
    settings: { perMinute: 24 },
    inject: limitRate('window', () => 'everybody'),
  }),
  defineFault({
    name: 'rate-loose',
    section,
    sentence:
      'Each key is counted as nostream does, an average that halves in a minute, in which refused events count, too.',
    holds: `${slowsDown} Going on above the limit would keep it refused for ever.`,
    settings: { perMinute: 24 },
    inject: limitRate('decay', ({ pubkey }) => pubkey),
  }),
  defineFault({
    name: 'limit-refused',
    section,
    sentence: "A REQ with a `limit` above this one is refused by a NOTICE without its id, in nostream's words.",
    holds: 'It is asked again with less, and everything is read.',
    settings: { limit: 100 },
    inject: {
      fromClient(frame, link, { limit }) {
        if (frame.message?.[0] !== 'REQ') return Effect.None;
        const asked = frame.message.slice(2).map((filter) => (filter as { limit?: unknown } | null)?.limit);
        if (!asked.some((value) => typeof value === 'number' && value > limit)) return Effect.None;
        link.toClient('NOTICE', personalityOf('nostream').limitTooHigh(limit));
        return Effect.Taken;
      },
    },
  }),
  defineFault({
    name: 'notice-greeting',
    section,
    sentence: 'Every new connection is greeted by a NOTICE, as free relays of paid software do.',
    holds: 'Nothing happens: a NOTICE that answers none of our messages demotes nobody.',
    settings: {},
    inject: {
      onOpen(link) {
        link.toClient('NOTICE', 'Welcome! This relay is free, no payment required.');
        return Effect.Passed;
      },
    },
  }),
];
