/**
 * One connection through the proxy: the client's socket, one of our own to the relay, and the faults between them.
 */
import { WebSocket } from 'ws';
import { Effect, publishedEvent, servedEvent } from './fault';
import type { Chaos, Direction, Frame, Injection, Link, Settings, Subscription, With } from './fault';
import { createLine } from './line';
import type { Line } from './line';
import type { RecordingMemory } from './memory';

export interface LinkContext {
  readonly chaos: Chaos & { readonly memory: RecordingMemory };
  readonly target: string;
  /** Shows the faults that are on what has come, until one takes it; counts those that fire. */
  readonly run: <Hook extends keyof Injection>(
    hook: Hook,
    act: (inject: With<Hook>, settings: Settings) => Effect,
  ) => Effect;
}

/** Begins to relay frames. `onEnd` is called once, when the client's side is closed. */
export function openLink(client: WebSocket, { chaos, target, run }: LinkContext, onEnd: () => void): Link {
  const relay = new WebSocket(target, { perMessageDeflate: false });
  const subscriptions = new Map<string, Subscription>();
  const deaf = new Set<Direction>();
  const unsent: Frame[] = [];
  const ownEvents = new Set<unknown>();
  let afterwards: Frame[] = [];

  const up = line((frame) => {
    if (deaf.has('up')) return;
    if (relay.readyState === WebSocket.OPEN) relay.send(frame.binary ?? frame.text);
    else if (relay.readyState === WebSocket.CONNECTING) unsent.push(frame);
  });
  const down = line((frame) => {
    if (!deaf.has('down') && client.readyState === WebSocket.OPEN) client.send(frame.binary ?? frame.text);
  });
  const link: Link = {
    chaos,
    subscriptions,
    toClient: (...message) => down.push(frameOf(message)),
    get unsentBytes() {
      return client.bufferedAmount;
    },
    toClientInParts(bytes, isLast) {
      if (client.readyState === WebSocket.OPEN) client.send(bytes, { binary: false, fin: isLast, compress: false });
    },
    toClientRaw: (data) => down.push(typeof data === 'string' ? parseFrame(data) : { text: '', binary: data }),
    toRelay(...message) {
      if (message[0] === 'EVENT') ownEvents.add((message[1] as { id?: unknown }).id);
      up.push(frameOf(message));
    },
    toClientAfterwards: (...message) => void afterwards.push(frameOf(message)),
    deafen: (direction) => void deaf.add(direction),
    cut: () => client.terminate(),
    close: (code, reason) => client.close(code, reason),
  };

  client.on('message', (data: Buffer, isBinary) => {
    const frame = isBinary ? { text: '', binary: data } : parseFrame(data.toString('utf8'));
    if (!deaf.has('up')) receiveFromClient(frame);
    sendAfterwards();
  });
  client.on('ping', (data) => {
    const effect = run('onPing', (inject) => inject.onPing());
    if (effect !== Effect.Taken && !deaf.has('up') && !deaf.has('down')) client.pong(data);
  });
  client.on('close', () => {
    relay.terminate();
    onEnd();
  });
  client.on('error', () => client.terminate());

  relay.on('open', () => {
    for (const frame of unsent.splice(0)) relay.send(frame.binary ?? frame.text);
  });
  relay.on('message', (data: Buffer, isBinary) => {
    const frame = isBinary ? { text: '', binary: data } : parseFrame(data.toString('utf8'));
    if (!deaf.has('down')) receiveFromRelay(frame);
    sendAfterwards();
  });
  relay.on('close', (code, reason) => {
    // On a half-open connection the loss of the other end is not noticed.
    if (deaf.size > 0) return;
    const isSendable = code >= 1000 && code <= 1014 && code !== 1004 && code !== 1005 && code !== 1006;
    if (isSendable) client.close(code, reason);
    else client.terminate();
  });
  relay.on('error', () => {
    // `close` follows.
  });

  const opened = run('onOpen', (inject, settings) => inject.onOpen(link, settings));
  if (opened === Effect.Taken) relay.terminate();
  return link;

  function receiveFromClient(frame: Frame): void {
    const [verb, id, ...filters] = frame.message ?? [];
    if (verb === 'REQ') subscriptions.set(String(id), { isLive: false, filters });
    if (verb === 'CLOSE') subscriptions.delete(String(id));
    const effect = run('fromClient', (inject, settings) => inject.fromClient(frame, link, settings));
    if (effect === Effect.Taken) return;
    const event = publishedEvent(frame);
    if (event) chaos.memory.published(event, chaos.clock.now());
    up.push(frame);
  }

  function receiveFromRelay(frame: Frame): void {
    const [verb, id] = frame.message ?? [];
    if (verb === 'OK' && ownEvents.delete(id)) return;
    const served = servedEvent(frame);
    if (served) chaos.memory.served(served.event);
    const effect = run('fromRelay', (inject, settings) => inject.fromRelay(frame, link, settings));
    if (effect !== Effect.Taken) down.push(frame);
    const subscription = subscriptions.get(String(id));
    if (verb === 'EOSE' && subscription) subscriptions.set(String(id), { ...subscription, isLive: true });
    if (verb === 'CLOSED') subscriptions.delete(String(id));
  }

  function sendAfterwards(): void {
    const frames = afterwards;
    afterwards = [];
    for (const frame of frames) down.push(frame);
  }

  function line(deliver: (frame: Frame) => void): Line {
    const releaseAtMs = (
      frame: Frame,
      { nowMs, previousMs }: { readonly nowMs: number; readonly previousMs: number },
    ) => {
      let latestMs = previousMs;
      run('releaseAtMs', (inject, settings) => {
        const atMs = inject.releaseAtMs(frame, { nowMs, previousMs }, link, settings);
        latestMs = Math.max(latestMs, atMs);
        return atMs > nowMs ? Effect.Passed : Effect.None;
      });
      return latestMs;
    };
    return createLine(chaos.clock, releaseAtMs, deliver);
  }
}

function frameOf(message: readonly unknown[]): Frame {
  return { text: JSON.stringify(message), message: message as readonly [string, ...unknown[]] };
}

function parseFrame(text: string): Frame {
  try {
    const message: unknown = JSON.parse(text);
    if (Array.isArray(message) && typeof message[0] === 'string')
      return { text, message: message as [string, ...unknown[]] };
  } catch {
    // Whatever it is, it is passed on as it came.
  }
  return { text };
}
