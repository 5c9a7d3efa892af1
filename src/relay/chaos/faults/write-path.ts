import { sizeInBytes } from '../../event';
import type { NostrEvent } from '../../event';
import { Effect, defineFault, perLink, publishedEvent } from '../fault';
import type { Fault, Frame, Link } from '../fault';

const section = 'write path';

/** Prefixes of NIP-01 and NIP-42, and those that relays in the field use besides. */
const refusals = [
  'duplicate: have this event',
  'pow: difficulty 20 needed',
  'blocked: you are banned from posting here',
  'rate-limited: slow down',
  'invalid: event creation date is too far off',
  'restricted: members only',
  'mute: no one was listening for this',
  'error: could not connect to the database',
  'auth-required: we only accept events from registered users',
  'replaced: have newer event',
  'deleted: user requested deletion',
  'unsupported: kind',
  'bad req: no',
  'I refuse without a prefix',
];

const turn = perLink<Link, { next: number }>(() => ({ next: 0 }));
const held = perLink<Link, { text: string | undefined }>(() => ({ text: undefined }));
const window = perLink<Link, { sentAtMs: number[] }>(() => ({ sentAtMs: [] }));
const authentication = perLink<Link, { challenge: string | undefined; isDone: boolean }>(() => ({
  challenge: undefined,
  isDone: false,
}));

/** Answers a publish instead of the relay, which never sees it. */
function answerEvent(frame: Frame, answer: (event: NostrEvent) => readonly unknown[] | undefined, link: Link): Effect {
  const event = publishedEvent(frame);
  const reply = event && answer(event);
  if (!reply) return Effect.None;
  link.toClient(...reply);
  return Effect.Taken;
}

/** A relay that refuses until the client has authenticated: the challenge is ours, and so is the verdict on the answer. */
function demandAuth(frame: Frame, link: Link, order: 'OK first' | 'AUTH first', isAnswerAccepted: boolean): Effect {
  const state = authentication(link);
  if (frame.message?.[0] === 'AUTH' && state.challenge !== undefined) {
    const id = (frame.message[1] as { id?: unknown } | undefined)?.id;
    state.isDone = isAnswerAccepted;
    link.toClient('OK', id, isAnswerAccepted, isAnswerAccepted ? '' : 'restricted: you are not on the list');
    return Effect.Taken;
  }
  const event = publishedEvent(frame);
  if (!event || state.isDone) return Effect.None;
  state.challenge ??= `chaos-${Math.floor(link.chaos.random() * 2 ** 52).toString(16)}`;
  const refusal = ['OK', event.id, false, 'auth-required: who are you'];
  const challenge = ['AUTH', state.challenge];
  for (const message of order === 'OK first' ? [refusal, challenge] : [challenge, refusal]) link.toClient(...message);
  return Effect.Taken;
}

export const writePathFaults: readonly Fault[] = [
  defineFault({
    name: 'ok-false',
    section,
    sentence: 'Every publish is refused, with each prefix in turn.',
    settings: {},
    inject: {
      fromClient: (frame, link) =>
        answerEvent(frame, ({ id }) => ['OK', id, false, refusals[turn(link).next++ % refusals.length]], link),
    },
  }),
  defineFault({
    name: 'ok-never',
    section,
    sentence: 'The event is stored, and OK never comes.',
    settings: {},
    inject: { fromRelay: (frame) => (frame.message?.[0] === 'OK' ? Effect.Taken : Effect.None) },
  }),
  defineFault({
    name: 'ok-late',
    section,
    sentence: 'OK comes `ms` late.',
    settings: { ms: 20_000 },
    inject: {
      fromRelay(frame, link, { ms }) {
        if (frame.message?.[0] !== 'OK') return Effect.None;
        link.chaos.clock.after(ms, () => link.toClientRaw(frame.text));
        return Effect.Taken;
      },
    },
  }),
  defineFault({
    name: 'ok-not-stored',
    section,
    sentence: 'OK true, and nothing is stored.',
    settings: {},
    inject: { fromClient: (frame, link) => answerEvent(frame, ({ id }) => ['OK', id, true, ''], link) },
  }),
  defineFault({
    name: 'ok-duplicate-not-stored',
    section,
    sentence: 'OK true with `duplicate:`, and nothing is stored.',
    settings: {},
    inject: {
      fromClient: (frame, link) => answerEvent(frame, ({ id }) => ['OK', id, true, 'duplicate: have this event'], link),
    },
  }),
  defineFault({
    name: 'ok-replaced',
    section,
    sentence: 'OK false with `replaced:`, although nothing newer is stored.',
    settings: {},
    inject: {
      fromClient: (frame, link) =>
        answerEvent(frame, ({ id }) => ['OK', id, false, 'replaced: have newer event'], link),
    },
  }),
  defineFault({
    name: 'ok-wrong-id',
    section,
    sentence: 'The event is stored, and OK names another id.',
    settings: {},
    inject: {
      fromRelay(frame, link) {
        if (frame.message?.[0] !== 'OK') return Effect.None;
        const [, id, ...rest] = frame.message;
        link.toClient('OK', [...String(id)].reverse().join(''), ...rest);
        return Effect.Taken;
      },
    },
  }),
  defineFault({
    name: 'ok-then-crash',
    section,
    sentence: 'OK true before the commit, then the relay crashes: the event is lost and the connection cut.',
    settings: {},
    inject: {
      fromClient(frame, link) {
        const effect = answerEvent(frame, ({ id }) => ['OK', id, true, ''], link);
        if (effect === Effect.Taken) link.cut();
        return effect;
      },
    },
  }),
  defineFault({
    name: 'ok-out-of-order',
    section,
    sentence: 'Each OK waits for the next one to overtake it, at most `ms`.',
    settings: { ms: 1_000 },
    inject: {
      fromRelay(frame, link, { ms }) {
        if (frame.message?.[0] !== 'OK') return Effect.None;
        const state = held(link);
        const earlier = state.text;
        if (earlier !== undefined) {
          state.text = undefined;
          link.toClientRaw(frame.text);
          link.toClientRaw(earlier);
          return Effect.Taken;
        }
        state.text = frame.text;
        link.chaos.clock.after(ms, () => {
          if (state.text !== frame.text) return;
          state.text = undefined;
          link.toClientRaw(frame.text);
        });
        return Effect.Taken;
      },
    },
  }),
  defineFault({
    name: 'rate-limit',
    section,
    sentence: 'After `events` events in a minute of one connection the rest is refused with `rate-limited:`.',
    settings: { events: 4 },
    inject: {
      fromClient: (frame, link, { events }) =>
        answerEvent(
          frame,
          ({ id }) => {
            const nowMs = link.chaos.clock.now();
            const state = window(link);
            state.sentAtMs = state.sentAtMs.filter((sentAtMs) => sentAtMs > nowMs - 60_000);
            if (state.sentAtMs.length >= events) return ['OK', id, false, 'rate-limited: you are noting too much'];
            state.sentAtMs.push(nowMs);
            return undefined;
          },
          link,
        ),
    },
  }),
  defineFault({
    name: 'pow-28-bits',
    section,
    sentence: 'Every publish is refused until it carries 28 bits of work, which nobody can do.',
    settings: {},
    inject: {
      fromClient: (frame, link) => answerEvent(frame, ({ id }) => ['OK', id, false, 'pow: 28 bits needed. (2)'], link),
    },
  }),
  defineFault({
    name: 'auth-required-before-challenge',
    section,
    sentence: 'A publish is refused with `auth-required:` and the challenge follows; whoever answers it may publish.',
    settings: {},
    inject: { fromClient: (frame, link) => demandAuth(frame, link, 'OK first', true) },
  }),
  defineFault({
    name: 'auth-required-after-challenge',
    section,
    sentence:
      'The challenge comes first and the refusal with `auth-required:` after it; whoever answers it may publish.',
    settings: {},
    inject: { fromClient: (frame, link) => demandAuth(frame, link, 'AUTH first', true) },
  }),
  defineFault({
    name: 'auth-refused',
    section,
    sentence: 'Publishing needs authentication, and the answer to the challenge is refused.',
    settings: {},
    inject: { fromClient: (frame, link) => demandAuth(frame, link, 'OK first', false) },
  }),
  defineFault({
    name: 'kind-not-allowed',
    section,
    sentence: 'Every publish is refused because of its kind.',
    settings: {},
    inject: {
      fromClient: (frame, link) =>
        answerEvent(frame, ({ id, kind }) => ['OK', id, false, `blocked: kind ${kind} is not allowed`], link),
    },
  }),
  defineFault({
    name: 'size-limit-below-nip-11',
    section,
    sentence: 'An event over `bytes` bytes is refused, although the NIP-11 document allows more.',
    settings: { bytes: 16_384 },
    inject: {
      fromClient: (frame, link, { bytes }) =>
        answerEvent(
          frame,
          (event) =>
            sizeInBytes(event) > bytes
              ? ['OK', event.id, false, `invalid: event too large: ${sizeInBytes(event)}`]
              : undefined,
          link,
        ),
    },
  }),
];
