/** How soon a page says that it is offline, in a real browser and over real sockets. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Page } from 'playwright-core';
import { setStage } from '../../bench/support/stage';
import type { Device, Stage } from '../../bench/support/stage';
import { openEngine, patch, until, untilDurable } from './support';

/** What `phase` may take, and what this machine may. */
const LIMIT_MS = 5_000 + 500;

/** Lines to the relays: a cut one carries nothing and reports nothing, as a cable that is pulled. */
interface Lines {
  readonly urls: readonly string[];
  cut(): void;
  mend(): void;
  /** Both ends are told. */
  hangUp(): void;
  close(): void;
}

async function createLines(relays: Stage['relays']): Promise<Lines> {
  const sockets = new Set<Socket>();
  let isUp = true;
  let isCut = false;
  const servers = await Promise.all(
    relays.map(async ({ url }) => {
      const server = createServer((client) => {
        if (!isUp) return client.destroy();
        const relay = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
        for (const [from, to] of [
          [client, relay],
          [relay, client],
        ] as const) {
          sockets.add(from);
          from.on('data', (bytes: Buffer) => isCut || to.write(bytes));
          from.on('error', () => {});
          from.on('close', () => isCut || to.destroy());
        }
        return undefined;
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const hangUp = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  return {
    urls: servers.map((server) => `ws://127.0.0.1:${(server.address() as AddressInfo).port}`),
    cut: () => (isCut = true),
    mend: () => {
      isCut = false;
      isUp = true;
      hangUp();
    },
    hangUp: () => {
      isUp = false;
      hangUp();
    },
    close: () => {
      hangUp();
      for (const server of servers) server.close();
    },
  };
}

const phaseOf = (page: Page) => page.evaluate(() => window.engine.status.phase as string);

let stage: Stage;
let lines: Lines;
let device: Device;
beforeAll(async () => {
  stage = await setStage();
  lines = await createLines(stage.relays);
  device = await stage.openDevice({ relays: lines.urls });
  await openEngine(device.page);
  await patch(device.page, 'one', { title: 'stored', order: 1 });
  await untilDurable(device.page);
});
afterAll(async () => {
  lines?.close();
  await stage?.close();
});

test.each<[string, () => unknown, () => unknown, boolean]>([
  ['a cable that is pulled, without a word', () => lines.cut(), () => lines.mend(), false],
  ['the same, while something is written', () => lines.cut(), () => lines.mend(), true],
  ['relays that are gone', () => lines.hangUp(), () => lines.mend(), false],
  [
    'airplane mode',
    async () => {
      lines.cut();
      await device.context.setOffline(true);
    },
    async () => {
      await device.context.setOffline(false);
      lines.mend();
    },
    false,
  ],
])(
  'offline is said within 5 s: %s',
  async (_way, cut, mend, isWriting) => {
    const { page } = device;
    await until(
      () => phaseOf(page),
      (phase) => phase === 'online',
      60_000,
    );
    await new Promise((resolve) => setTimeout(resolve, 3_000)); // at rest
    const began = Date.now();
    await cut();
    if (isWriting) await patch(page, 'one', { title: `written at ${began}`, order: 1 });
    await until(
      () => phaseOf(page),
      (phase) => phase === 'offline',
      30_000,
    );
    expect(Date.now() - began).toBeLessThanOrEqual(LIMIT_MS);
    await mend();
    await until(
      () => phaseOf(page),
      (phase) => phase === 'online',
      60_000,
    );
  },
  180_000,
);
