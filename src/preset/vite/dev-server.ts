/** What Vite's servers do beside the app: the development relays, with their switches and their names in the terminal, and a plain 404 for a missing module. */
import type { Connect, PreviewServer, ViteDevServer } from 'vite' with { 'resolution-mode': 'import' };
import { answerMissingWasm, relaysPath, relaySwitches } from '../dev-server';
import { devRelaysOf } from '../dev-relays';
import type { DevRelays } from '../dev-relays';
import { describeRelays } from '../relay-names';
import { hasTemplate, isForVitest } from './app';
import type { ViteApp } from './options';

export interface HeldRelays {
  readonly relays: DevRelays;
  /** Stops them, unless another server of this process holds them: one that is restarted begins before the last one has ended. Idempotent. */
  release(): Promise<void>;
}

/** @returns the relays of this server, and what Vite calls when its own middlewares are in place */
export function extendServer(
  server: ViteDevServer,
  app: ViteApp,
): { readonly held: HeldRelays | undefined; readonly afterOthers: () => void } {
  const held = hasTemplate(app) && !isForVitest() ? holdDevRelays(app) : undefined;
  if (held) server.middlewares.use(relaysPath, relaySwitches(held.relays) as Connect.NextHandleFunction);
  if (hasTemplate(app)) nameRelays(server, app, held);
  return { held, afterOthers: () => answerMissing(server) };
}

/** Behind the middleware that finds files, which does not find this one. */
export function answerMissing({ middlewares }: Pick<ViteDevServer | PreviewServer, 'middlewares'>): void {
  middlewares.use(answerMissingWasm as Connect.NextHandleFunction);
}

/** Vite prints the addresses of the server when it listens; those of the relays come behind them. */
function nameRelays(server: ViteDevServer, app: ViteApp, held: HeldRelays | undefined): void {
  const { printUrls } = server;
  server.printUrls = () => {
    printUrls();
    void describeRelays(app, held?.relays).then((text) => {
      if (text !== undefined) server.config.logger.info(`\n${text}`);
    });
  };
}

const holders = new WeakMap<DevRelays, number>();

/** Nobody waits until they have started here: who bundles config.json does, and reports a failure. */
function holdDevRelays(app: ViteApp): HeldRelays | undefined {
  const relays = devRelaysOf(app);
  if (relays === undefined) return undefined;
  const count = (change: number): number => {
    const counted = (holders.get(relays) ?? 0) + change;
    holders.set(relays, counted);
    return counted;
  };
  count(1);
  relays.start().catch(() => undefined);
  let isHeld = true;
  return {
    relays,
    async release() {
      if (!isHeld) return;
      isHeld = false;
      if (count(-1) === 0) await relays.stop().catch(() => undefined);
    },
  };
}
