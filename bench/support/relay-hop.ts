/** How long a relay takes from an event to the subscriber, as its clients see it: both ends are sockets of another thread. */
import { Worker } from 'node:worker_threads';
import { finalizeEvent, generateSecretKey, getPublicKey } from 'nostr-tools/pure';

/** About what a small edit seals to, in characters of base64. */
const CONTENT = 1_000;
const PAUSE_MS = 20;

/**
 * Publishes events one after the other to all relays at once.
 *
 * @returns for each event and relay, ms from sending to its arrival at a subscriber of that relay
 */
export async function timeRelayHops(urls: readonly string[], events: number): Promise<readonly number[]> {
  const key = generateSecretKey();
  const now = Math.floor(Date.now() / 1000);
  // Signed before, so that no signature stands in the way of a socket.
  const signed = Array.from({ length: events }, (_, index) =>
    finalizeEvent({ kind: 30078, created_at: now, tags: [['d', String(index)]], content: 'x'.repeat(CONTENT) }, key),
  );
  const worker = new Worker(client, {
    eval: true,
    workerData: { urls, author: getPublicKey(key), events: signed, pauseMs: PAUSE_MS },
  });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** Plain JavaScript: a worker of Node does not run what tsx would have to translate. */
const client = `
const { parentPort, workerData } = require('node:worker_threads');
const { WebSocket } = require('ws');
const { urls, author, events, pauseMs } = workerData;

const open = (url) => new Promise((opened, failed) => {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.once('open', () => opened(socket));
  socket.once('error', failed);
});
const subscribe = async (url, arrived) => {
  const socket = await open(url);
  const ready = new Promise((resolve) => socket.on('message', (data) => {
    const at = performance.now();
    const [verb, , event] = JSON.parse(data);
    if (verb === 'EOSE') resolve(socket);
    if (verb === 'EVENT') arrived(event.id, at);
  }));
  socket.send(JSON.stringify(['REQ', 'hop', { kinds: [30078], authors: [author], limit: 1 }]));
  return ready;
};

(async () => {
  const hops = [];
  let sentAt = 0, expected, left = 0, done;
  const arrived = (id, at) => {
    if (id !== expected) return;
    hops.push(at - sentAt);
    if (--left === 0) done();
  };
  const subscribers = await Promise.all(urls.map((url) => subscribe(url, arrived)));
  const publishers = await Promise.all(urls.map(open));
  for (const event of events) {
    const frame = JSON.stringify(['EVENT', event]);
    expected = event.id;
    left = urls.length;
    const all = new Promise((resolve) => { done = resolve; });
    sentAt = performance.now();
    for (const publisher of publishers) publisher.send(frame);
    await all;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  for (const socket of [...subscribers, ...publishers]) socket.terminate();
  parentPort.postMessage(hops);
})().catch((error) => { throw error; });
`;
