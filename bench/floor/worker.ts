/**
 * The floor that propagation is measured against: one IndexedDB transaction, one signature, publish to the relays, the first echo in
 * the other device's worker, one IndexedDB transaction. Nothing of the engine.
 */
import { openDB } from 'idb';
import { finalizeEvent, generateSecretKey, getPublicKey } from 'nostr-tools/pure';

interface Start {
  readonly relays: readonly string[];
  readonly secretKey?: string;
}

const absoluteNow = () => performance.timeOrigin + performance.now();
const fromHex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const toHex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

self.onmessage = async ({ data }: MessageEvent<Start | { readonly edit: number }>) => {
  if ('relays' in data) {
    const key = data.secretKey ? fromHex(data.secretKey) : generateSecretKey();
    const database = await openDB(`floor-${Math.random()}`, 1, {
      upgrade: (upgrading) => void upgrading.createObjectStore('items', { keyPath: 'id' }),
    });
    const seen = new Set<string>();
    const sockets = await Promise.all(
      data.relays.map(
        (url) =>
          new Promise<WebSocket>((opened) => {
            const socket = new WebSocket(url);
            socket.onopen = () => {
              socket.send(JSON.stringify(['REQ', 'floor', { kinds: [30078], authors: [getPublicKey(key)], limit: 1 }]));
              opened(socket);
            };
            socket.onmessage = async (message) => {
              const [verb, , event] = JSON.parse(message.data);
              if (verb !== 'EVENT' || seen.has(event.id)) return;
              seen.add(event.id);
              await database.put('items', { id: 'x', content: event.content });
              postMessage({ arrived: event.content, at: absoluteNow() });
            };
          }),
      ),
    );
    let createdAt = Math.floor(Date.now() / 1000);
    self.onmessage = async ({ data: { edit } }: MessageEvent<{ readonly edit: number }>) => {
      await database.put('items', { id: 'x', content: String(edit) });
      const template = { kind: 30078, created_at: ++createdAt, tags: [['d', 'floor']], content: String(edit) };
      const frame = JSON.stringify(['EVENT', finalizeEvent(template, key)]);
      for (const socket of sockets) socket.send(frame);
    };
    postMessage({ ready: toHex(key) });
  }
};
