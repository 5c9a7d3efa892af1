import { Effect, defineFault, perLink } from '../fault';
import type { Direction, Fault, Injection, Link } from '../fault';

const section = 'transport';

const resetEveryConnection: Injection = {
  onConnection(socket) {
    socket.resetAndDestroy();
    return Effect.Taken;
  },
};

function deafen(link: Link, ...directions: readonly Direction[]): Effect {
  for (const direction of directions) link.deafen(direction);
  return Effect.Taken;
}

function refuseUpgrade(statusLine: string): Injection {
  return {
    onUpgrade(socket) {
      socket.end(`HTTP/1.1 ${statusLine}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return Effect.Taken;
    },
  };
}

const framesDown = perLink<Link, { count: number }>(() => ({ count: 0 }));
const framesUp = perLink<Link, { count: number }>(() => ({ count: 0 }));
const sleep = perLink<Link, { hasBegun: boolean }>(() => ({ hasBegun: false }));

export const transportFaults: readonly Fault[] = [
  defineFault({
    name: 'connection-refused',
    section,
    sentence: 'The TCP connection is reset before a byte is exchanged.',
    settings: {},
    inject: resetEveryConnection,
  }),
  defineFault({
    name: 'dns-failure',
    section,
    sentence: "The relay's name does not resolve (for clients that resolve through the proxy's `lookup`).",
    settings: {},
    inject: { onLookup: () => Effect.Taken },
  }),
  defineFault({
    name: 'tls-failure',
    section,
    sentence: 'The handshake is answered with a TLS alert.',
    settings: {},
    inject: {
      onConnection(socket) {
        // A fatal handshake_failure (RFC 8446, section 6.2) in a record of TLS 1.2.
        socket.end(Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28]));
        return Effect.Taken;
      },
    },
  }),
  defineFault({
    name: 'upgrade-hangs',
    section,
    sentence: 'The connection is accepted and the WebSocket upgrade never answered.',
    settings: {},
    inject: { onUpgrade: () => Effect.Taken },
  }),
  defineFault({
    name: 'upgrade-503',
    section,
    sentence: 'The upgrade is answered with 503 Service Unavailable.',
    settings: {},
    inject: refuseUpgrade('503 Service Unavailable'),
  }),
  defineFault({
    name: 'upgrade-429',
    section,
    sentence: 'The upgrade is answered with 429 Too Many Requests.',
    settings: {},
    inject: refuseUpgrade('429 Too Many Requests'),
  }),
  defineFault({
    name: 'accept-then-drop',
    section,
    sentence: 'The WebSocket opens and is cut at once.',
    settings: {},
    inject: {
      onOpen(link) {
        link.cut();
        return Effect.Taken;
      },
    },
  }),
  defineFault({
    name: 'drop-mid-stream',
    section,
    sentence: 'The connection is cut after `frames` frames from the relay.',
    settings: { frames: 2 },
    inject: {
      fromRelay(_frame, link, { frames }) {
        const seen = framesDown(link);
        if (seen.count++ < frames) return Effect.None;
        link.cut();
        return Effect.Taken;
      },
    },
  }),
  defineFault({
    name: 'close-1001',
    section,
    sentence: 'The relay closes cleanly with code 1001 after `frames` frames from the client.',
    settings: { frames: 1 },
    inject: {
      fromClient(_frame, link, { frames }) {
        const seen = framesUp(link);
        if (seen.count++ < frames) return Effect.None;
        link.close(1001, 'idle');
        return Effect.Taken;
      },
    },
  }),
  defineFault({
    name: 'close-1009-on-oversize',
    section,
    sentence: 'A frame from the client over `bytes` bytes is answered with a close of code 1009.',
    settings: { bytes: 16_384 },
    inject: {
      fromClient(frame, link, { bytes }) {
        if (Buffer.byteLength(frame.text) <= bytes) return Effect.None;
        link.close(1009, 'message too big');
        return Effect.Taken;
      },
    },
  }),
  defineFault({
    name: 'black-hole',
    section,
    sentence: 'The connection is half-open: nothing passes either way any more, and nobody is told.',
    settings: {},
    inject: {
      fromClient: (_frame, link) => deafen(link, 'up', 'down'),
      fromRelay: (_frame, link) => deafen(link, 'up', 'down'),
    },
  }),
  defineFault({
    name: 'black-hole-up',
    section,
    sentence: 'What the client sends vanishes, while the relay is still heard.',
    settings: {},
    inject: { fromClient: (_frame, link) => deafen(link, 'up') },
  }),
  defineFault({
    name: 'black-hole-down',
    section,
    sentence: 'What the relay sends vanishes, while the client is still heard.',
    settings: {},
    inject: { fromRelay: (_frame, link) => deafen(link, 'down') },
  }),
  defineFault({
    name: 'latency',
    section,
    sentence: 'Every frame, either way, takes `ms` and up to `jitterMs` longer, in order.',
    settings: { ms: 100, jitterMs: 100 },
    inject: {
      releaseAtMs: (_frame, { nowMs, previousMs }, link, { ms, jitterMs }) =>
        Math.max(previousMs, nowMs + ms + link.chaos.random() * jitterMs),
    },
  }),
  defineFault({
    name: 'throttled-bandwidth',
    section,
    sentence: 'Each direction of a connection carries `bytesPerSecond`.',
    settings: { bytesPerSecond: 10_000 },
    inject: {
      releaseAtMs: (frame, { nowMs, previousMs }, _link, { bytesPerSecond }) =>
        Math.max(previousMs, nowMs) + (Buffer.byteLength(frame.text) * 1000) / bytesPerSecond,
    },
  }),
  defineFault({
    name: 'ping-unanswered',
    section,
    sentence: 'Pings of the client get no pong.',
    settings: {},
    inject: { onPing: () => Effect.Taken },
  }),
  defineFault({
    name: 'flapping',
    section,
    sentence: 'Every connection opens and is cut after `ms`, again and again.',
    settings: { ms: 200 },
    inject: {
      onOpen(link, { ms }) {
        link.chaos.clock.after(ms, () => link.cut());
        return Effect.Passed;
      },
    },
  }),
  defineFault({
    name: 'relay-down',
    section,
    sentence:
      'Every connection is cut and every new one reset; on all proxies of one switchboard, all relays are down.',
    settings: {},
    inject: {
      ...resetEveryConnection,
      onSwitchedOn(chaos) {
        const links = [...chaos.links];
        for (const link of links) link.cut();
        return links.length > 0 ? Effect.Passed : Effect.None;
      },
    },
  }),
  defineFault({
    name: 'network-offline',
    section,
    sentence:
      'Open connections fall silent and new ones fail at once, until the fault is switched off: offline, then online.',
    settings: {},
    inject: {
      ...resetEveryConnection,
      onSwitchedOn(chaos) {
        const links = [...chaos.links];
        for (const link of links) deafen(link, 'up', 'down');
        return links.length > 0 ? Effect.Passed : Effect.None;
      },
    },
  }),
  defineFault({
    name: 'laptop-sleep',
    section,
    sentence: 'From the next frame on nothing passes for `ms`, then the connection turns out to be dead.',
    settings: { ms: 60_000 },
    inject: {
      fromClient: (_frame, link, { ms }) => fallAsleep(link, ms),
      fromRelay: (_frame, link, { ms }) => fallAsleep(link, ms),
    },
  }),
];

function fallAsleep(link: Link, ms: number): Effect {
  const state = sleep(link);
  if (state.hasBegun) return Effect.None;
  state.hasBegun = true;
  link.chaos.clock.after(ms, () => link.cut());
  return deafen(link, 'up', 'down');
}
