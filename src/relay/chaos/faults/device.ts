/** Faults of the device itself, as far as something outside of it can cause them: its clock, and its death at a bad moment. */
import { Effect, defineFault, perLink, publishedEvent } from '../fault';
import type { Chaos, Fault, Link } from '../fault';

const minutes = 60_000;
const reads = perLink<Chaos, { count: number }>(() => ({ count: 0 }));

function skew(name: string, sentence: string, ms: number): Fault {
  return defineFault({
    name,
    section: 'clock',
    sentence,
    settings: { ms },
    inject: { skewMs: (_chaos, settings) => settings.ms },
  });
}

export const clockFaults: readonly Fault[] = [
  skew('clock-2-min-slow', "The device's clock is two minutes slow.", -2 * minutes),
  skew('clock-5-min-fast', "The device's clock is five minutes fast.", 5 * minutes),
  skew(
    'clock-20-min-fast',
    "The device's clock is twenty minutes fast: most relays refuse what it publishes.",
    20 * minutes,
  ),
  skew('clock-2-h-slow', "The device's clock is two hours slow.", -120 * minutes),
  defineFault({
    name: 'clock-jumps-back',
    section: 'clock',
    sentence: "The device's clock jumps back by `ms` after it was read once.",
    settings: { ms: 10 * minutes },
    inject: {
      onSwitchedOn(chaos) {
        reads(chaos).count = 0;
        return Effect.None;
      },
      skewMs: (chaos, { ms }) => (reads(chaos).count++ === 0 ? 0 : -ms),
    },
  }),
];

function killClient(link: Link): Effect {
  link.cut();
  return Effect.Taken;
}

export const clientFaults: readonly Fault[] = [
  defineFault({
    name: 'client-dies-before-publish',
    section: 'client',
    sentence: 'The client dies between its commit and the publish: the event is sent and never arrives.',
    settings: {},
    inject: { fromClient: (frame, link) => (publishedEvent(frame) ? killClient(link) : Effect.None) },
  }),
  defineFault({
    name: 'client-dies-before-ack',
    section: 'client',
    sentence: 'The client dies between the publish and the OK: the event is stored, and its author does not learn it.',
    settings: {},
    inject: { fromRelay: (frame, link) => (frame.message?.[0] === 'OK' ? killClient(link) : Effect.None) },
  }),
];
