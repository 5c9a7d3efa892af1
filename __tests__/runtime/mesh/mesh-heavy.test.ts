/** As much as 100,000 documents take, from three honest relays at full loopback speed: stored, and then live. */
import { generateSecretKey } from 'nostr-tools/pure';
import { WebSocket } from 'ws';
import { RelayState } from '../../../src/runtime/core/status';
import { startRelay } from '../../../src/relay';
import { eventually, SocketDevice } from '../../support/socket-device';
import { makeHead } from '../../support/test-slots';

jest.setTimeout(120_000);

/** 100,000 small documents are 330 pages of 300, each an event of 44 kB (docs/protocol.md, section 2). */
const PAGES = 340;
const secretKey = generateSecretKey();
const pages = (createdAt: number) =>
  Array.from(
    { length: PAGES },
    (_, index) =>
      makeHead({ device: 'other', index, createdAt: createdAt + index, bytes: 33_000, secretKey }, false).event,
  );

test('no relay is closed or demoted', async () => {
  const relays = await Promise.all([1, 2, 3].map(() => startRelay({ mode: 'strfry' })));
  const now = Math.floor(Date.now() / 1000);
  const events = pages(now - 10_000);
  for (const relay of relays) relay.restore({ events });
  const device = new SocketDevice({ name: 'one', secretKey, urls: relays.map(({ url }) => url) });
  const isNobodyDemoted = () => device.mesh.status.every(({ state }) => state === RelayState.Live);
  const newest = () => [...device.newest.values()];
  try {
    device.mesh.start();
    await eventually(() => device.newest.size === PAGES && isNobodyDemoted(), 60_000);

    // As when a relay is filled from another one, which takes no heed of any rate.
    const later = pages(now - 5_000);
    const sockets = await Promise.all(relays.map(({ url }) => opened(new WebSocket(url))));
    for (const event of later) for (const socket of sockets) socket.send(JSON.stringify(['EVENT', event]));
    await eventually(() => newest().every(({ createdAt }) => createdAt >= now - 5_000), 60_000);
    for (const socket of sockets) socket.close();
    expect(isNobodyDemoted()).toBe(true);
  } finally {
    device.mesh.stop();
    await Promise.all(relays.map((relay) => relay.stop()));
  }
});

const opened = (socket: WebSocket): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    socket.on('open', () => resolve(socket));
    socket.on('error', reject);
  });
