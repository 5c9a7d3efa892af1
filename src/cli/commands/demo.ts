/** `demo`: two devices side by side in a browser, and nothing between them but relays of this machine. Needs no app, no clone and no network. */
import * as path from 'node:path';
import pc from 'picocolors';
import { createDevRelays } from '../../preset/dev-relays';
import { findFreePort } from '../../preset/free-port';
import { FEWEST_RELAYS } from '../../runtime/core/config/relay-list';
import { serveDemo } from '../local/demo-site';
import { openBrowser } from '../local/open-browser';
import { byHand } from '../next';
import { packageRoot } from '../package-root';
import { ExitStatus, type CommandContext, type CommandResult } from './context';
import { optionInvalid, portOf } from './flags';

export interface DemoOptions {
  readonly port?: string;
  /** False by `--no-open`. */
  readonly open?: boolean;
}

/** Not one that development servers use: a service worker that an app has left on its port would answer instead of the demo. */
const usualPort = 4870;

/** @throws KitError OPTION_INVALID, PORTS_TAKEN, DEMO_MISSING, DEMO_PORT_TAKEN */
export async function demo({ env, terminal }: CommandContext, options: DemoOptions): Promise<CommandResult> {
  const given = portOf(options.port);
  if (given === 65_535) throw optionInvalid('--port', 'a port after which there is one more', options.port);
  const first = await findFreePort(given ?? usualPort);
  const ports = [first, await findFreePort(first + 1)];
  const relays = createDevRelays({ count: FEWEST_RELAYS, warn: terminal.print });
  const site = await serveDemo({ folder: path.join(packageRoot(), 'dist/demo'), ports, relays }).catch(
    async (error: unknown) => {
      await relays.stop();
      throw error;
    },
  );
  const url = `http://localhost:${first}`;
  const addresses = await relays.start();
  terminal.print(
    [
      `The two devices are at ${pc.bold(url)}`,
      '',
      ...ports.map(
        (port, index) => `  device ${'AB'.charAt(index)}  http://localhost:${port}/?device=${'ab'.charAt(index)}`,
      ),
      ...addresses.map((address, index) => `  relay ${index + 1}   ${address}`),
      '',
      'Type on one device, and it is on the other. Nothing leaves this machine, and the',
      'relays forget what they store when this ends: Ctrl-C.',
    ].join('\n'),
  );
  if (options.open !== false && terminal.prompter !== null) openBrowser(url, env);
  return {
    status: ExitStatus.Ok,
    json: { url, devices: ports.map((port) => `http://localhost:${port}`), relays: addresses },
    next: [byHand(`Open ${url}, and type on one of the two devices. Ctrl-C ends it.`)],
    stop: async () => {
      await site.stop();
      await relays.stop();
    },
  };
}
