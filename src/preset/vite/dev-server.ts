/** What Vite's servers do beside the app: the development relays, with their switches and their names in the terminal, and a plain 404 for a missing module. */
import type { Connect, PreviewServer, ViteDevServer } from 'vite' with { 'resolution-mode': 'import' };
import { answerMissingWasm, relaysPath, relaySwitches } from '../dev-server';
import { describeRelays } from '../relay-names';
import { holdDevRelays } from '../relays-of-app';
import type { HeldRelays } from '../relays-of-app';
import { hasTemplate, isForVitest } from './app';
import type { ViteApp } from './options';

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
