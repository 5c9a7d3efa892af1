/**
 * The chaos proxy: stands in front of a relay and injects the faults of the registry, each switchable while it runs. For tests and
 * for `npm run chaos`; docs/chaos.md lists the faults.
 */
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, LookupFunction, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { ServerOptions } from 'ws';
import { KitError } from '../../preset/kit-error';
import { createOriginCheck, FORBIDDEN_ORIGIN, refuseHttp } from '../origins';
import { Effect } from './fault';
import type { Clock } from '../../runtime/core/clock';
import type { Chaos, Injection, Link, Settings, With } from './fault';
import { answerInformation } from './information';
import { openLink } from './link';
import { createMemory } from './memory';
import { createSigners } from './signers';
import { createSwitchboard } from './switchboard';
import type { ActiveFault, FaultSettings, Switchboard } from './switchboard';
import { createTicker } from './ticker';
import { systemClock, trackTimers } from './timers';

export type { Fault, FaultSection } from './fault';
export type { Clock } from '../../runtime/core/clock';
export { faults, faultNamed } from './registry';
export { createSwitchboard } from './switchboard';
export type { FaultSettings, Switchboard } from './switchboard';

export interface ChaosOptions {
  /** The relay, as ws:// or wss://. */
  readonly target: string;
  /** Faults that are on from the beginning, or a switchboard that several proxies share. */
  readonly faults?: { readonly [name: string]: FaultSettings } | Switchboard;
  /** 0 <= value < 1. Default Math.random. */
  readonly random?: () => number;
  readonly clock?: Clock;
  /** The user's secret key, for the faults of whoever has stolen it. */
  readonly secretKey?: Uint8Array;
  /** The user's seal key (32 bytes), so that what such a thief seals opens. */
  readonly sealKey?: Uint8Array;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Origins of web pages that are let in beside those of this machine; `['*']` lets all in. */
  readonly origins?: readonly string[];
}

export interface ChaosProxy {
  readonly url: string;
  readonly port: number;
  readonly switchboard: Switchboard;
  /** Switches a fault on. Throws KitError CHAOS_UNKNOWN_FAULT, CHAOS_BAD_SETTING or CHAOS_NEEDS_KEY. */
  on(name: string, settings?: FaultSettings): void;
  off(name: string): void;
  /** Switches every fault off. Connections that have been deafened stay so, as they do in life. */
  heal(): void;
  /** How often a fault has fired, on all proxies of the switchboard. */
  fired(name: string): number;
  /** The clock that a device under test is to use, with the skews that are on. */
  readonly deviceClock: Clock;
  /** For `new WebSocket(url, { lookup })` of Node: resolves every name to this proxy, unless `dns-failure` is on. */
  readonly lookup: LookupFunction;
  readonly connections: number;
  /** Cuts every connection. */
  cutAll(): void;
  stop(): Promise<void>;
}

/** Starts a proxy. Rejects with KitError CHAOS_CANNOT_LISTEN, or what `on` throws. */
export async function startChaosProxy(options: ChaosOptions): Promise<ChaosProxy> {
  const { target, random = Math.random, host = '127.0.0.1' } = options;
  const switchboard = isSwitchboard(options.faults) ? options.faults : createSwitchboard(options.faults);
  const timers = trackTimers(options.clock ?? systemClock);
  const { clock } = timers;
  const links = new Set<Link>();
  const memory = createMemory();
  const chaos: Chaos & { readonly memory: typeof memory } = {
    clock,
    random,
    links,
    memory,
    ...createSigners(options),
  };

  const isLetIn = createOriginCheck(options.origins);
  const http = createHttpServer((request, response) => {
    if (!isLetIn(request)) return refuseHttp(response);
    answerInformation(request, response, { chaos, target, run, url: () => `http://${address()}/` });
  });
  // Answering pings is a fault's to prevent; and what the relay refuses as too large is the relay's to refuse.
  const ours = {
    verifyClient: ({ req }, answer) => answer(isLetIn(req), FORBIDDEN_ORIGIN),
    noServer: true,
    autoPong: false,
    maxPayload: 64 * 2 ** 20,
  } satisfies ServerOptions;
  const webSockets = new WebSocketServer({ ...ours, perMessageDeflate: false });
  const deflatingWebSockets = new WebSocketServer({ ...ours, perMessageDeflate: true });
  const sockets = new Set<Socket>();
  // In front of HTTP, so that a fault can meet a connection before a byte is read.
  const tcp = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    if (run('onConnection', (inject) => inject.onConnection(socket)) !== Effect.Taken) http.emit('connection', socket);
  });
  http.on('upgrade', (request, socket, head) => {
    if (run('onUpgrade', (inject) => inject.onUpgrade(socket)) === Effect.Taken) return;
    const isDeflating = [...switchboard.active].some(({ fault }) => fault.deflates);
    (isDeflating ? deflatingWebSockets : webSockets).handleUpgrade(request, socket, head, (client) => {
      const link = openLink(client, { chaos, target, run }, () => links.delete(link));
      if (client.readyState === client.OPEN) links.add(link);
    });
  });

  const ticker = createTicker(clock, (elapsedMs) => {
    const isWanted = [...switchboard.active].some(({ fault }) => fault.inject.onTick !== undefined);
    if (isWanted)
      for (const link of links) run('onTick', (inject, settings) => inject.onTick(link, elapsedMs, settings));
    return isWanted;
  });
  const address = () => `${host.includes(':') ? `[${host}]` : host}:${(tcp.address() as AddressInfo).port}`;
  const unwatch = switchboard.watch(begin);
  for (const active of switchboard.active) begin(active);
  const port = await new Promise<number>((resolve, reject) => {
    tcp.once('error', (error) =>
      reject(new KitError('CHAOS_CANNOT_LISTEN', `The chaos proxy cannot listen: ${error.message}.`)),
    );
    tcp.listen(options.port ?? 0, host, () => resolve((tcp.address() as AddressInfo).port));
  });

  return {
    url: `ws://${address()}`,
    port,
    switchboard,
    on: switchboard.on,
    off: switchboard.off,
    heal: switchboard.heal,
    fired: switchboard.fired,
    deviceClock: {
      now: () => clock.now() + skewMs(),
      monotonic: () => clock.monotonic(),
      after: (delayMs, callback) => clock.after(delayMs, callback),
    },
    lookup(hostname, lookupOptions, callback) {
      if (run('onLookup', (inject) => inject.onLookup()) === Effect.Taken) {
        callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' }), '', 0);
      } else if (lookupOptions.all) {
        callback(null, [{ address: host, family: 4 }]);
      } else {
        callback(null, host, 4);
      }
    },
    get connections() {
      return links.size;
    },
    cutAll: () => {
      for (const link of [...links]) link.cut();
    },
    stop: () =>
      new Promise((resolve) => {
        unwatch();
        timers.cancelAll();
        tcp.close(() => resolve());
        for (const link of [...links]) link.cut();
        for (const socket of sockets) socket.destroy();
      }),
  };

  function begin({ fault, settings }: ActiveFault): void {
    if (fault.needsKey && !options.secretKey) {
      switchboard.off(fault.name);
      throw new KitError(
        'CHAOS_NEEDS_KEY',
        `${fault.name} forges events of the user: start the proxy with the user's secret key.`,
      );
    }
    if (fault.inject.onTick) ticker.start();
    const effect = fault.inject.onSwitchedOn?.(chaos, settings) ?? Effect.None;
    if (effect !== Effect.None) switchboard.count(fault);
  }

  function run<Hook extends keyof Injection>(
    hook: Hook,
    act: (inject: With<Hook>, settings: Settings) => Effect,
  ): Effect {
    let outcome = Effect.None;
    for (const { fault, probability, settings } of switchboard.active) {
      if (!stepsIn(fault.inject, hook)) continue;
      if (probability < 1 && random() >= probability) continue;
      const effect = act(fault.inject, settings);
      if (effect === Effect.None) continue;
      switchboard.count(fault);
      outcome = effect;
      if (effect === Effect.Taken) break;
    }
    return outcome;
  }

  function skewMs(): number {
    let skew = 0;
    run('skewMs', (inject, settings) => {
      skew += inject.skewMs(chaos, settings);
      return Effect.Passed;
    });
    return skew;
  }
}

function stepsIn<Hook extends keyof Injection>(inject: Injection, hook: Hook): inject is With<Hook> {
  return inject[hook] !== undefined;
}

function isSwitchboard(faults: ChaosOptions['faults']): faults is Switchboard {
  return typeof faults?.heal === 'function';
}
