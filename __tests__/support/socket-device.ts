/** A device on real sockets and the real clock: a mesh, and a listener that offers what it hears for repair, as the replica does. */
import { getPublicKey } from 'nostr-tools/pure';
import { WebSocket } from 'ws';
import configJson from '../../src/lib/config.json';
import { readConfig } from '../../src/runtime/core/config';
import { createMesh } from '../../src/runtime/mesh/mesh';
import type { Clock } from '../../src/runtime/core/clock';
import type { Mesh, MeshListener, SlotHead } from '../../src/runtime/contracts/mesh';
import type { NostrEvent, SlotVersion } from '../../src/runtime/contracts/slot';
import { RelayConnection } from '../../src/runtime/relay/connection';
import type { SocketLike } from '../../src/runtime/relay/socket';
import { makeHead, openTestSlot, type TestSlot } from './test-slots';

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

export interface SocketDeviceOptions {
  readonly name: string;
  readonly urls: readonly string[];
  readonly secretKey: Uint8Array;
  /** Seconds by which this device's clock is ahead. */
  readonly skew?: number;
  /** Makes patience short, for tests that cannot wait. */
  readonly impatient?: boolean;
}

export class SocketDevice {
  readonly mesh: Mesh;
  readonly newest = new Map<string, SlotVersion>();
  readonly heads = new Map<number, SlotHead>();
  readonly name: string;
  onNews: (version: SlotVersion) => void = () => {};
  readonly #secretKey: Uint8Array;
  readonly #skew: number;

  constructor({ name, urls, secretKey, skew = 0, impatient = false }: SocketDeviceOptions) {
    this.name = name;
    this.#secretKey = secretKey;
    this.#skew = skew;
    const config = readConfig(configJson, { relays: urls });
    const connection = impatient
      ? {
          ...config.connection,
          connectTimeoutMs: 1_000,
          answerTimeoutMs: 1_000,
          silenceMs: 3_000,
          probeTimeoutMs: 1_000,
        }
      : config.connection;
    const reading = impatient ? { ...config.reading, repairDelayMs: 500, repairJitterMs: 1_000 } : config.reading;
    // A proxy that spoils every frame is no relay that one would meet.
    const inbound = impatient
      ? { ...config.inbound, misdeeds: 1_000_000, strayFrames: 1_000_000, strayBytes: 1_073_741_824 }
      : config.inbound;
    const pubkey = getPublicKey(secretKey);
    const listener: MeshListener = {
      receive: async (event) => this.#receive(event),
      stored: () => {},
      readEnded: () => {},
      readyRelaysChanged: () => {},
      proofChanged: () => {},
      statusChanged: () => {},
      isWatched: () => true,
    };
    this.mesh = createMesh({
      config: { ...config, connection, reading, inbound },
      pubkey,
      listener,
      memory: { load: async () => ({}), save: () => {} },
      clock: systemClock,
      random: Math.random,
      connect: (url, handlers, authClock) =>
        new RelayConnection(
          {
            url,
            createSocket: (address) => new WebSocket(address, { perMessageDeflate: false }) as unknown as SocketLike,
            clock: systemClock,
            random: Math.random,
            limits: connection,
            inbound,
            signAuth: () => makeHead({ createdAt: 1, secretKey }).event,
            authClock,
          },
          handlers,
        ),
    });
  }

  /** Writes a new version of an own slot. */
  write(index: number, slot: Partial<TestSlot> = {}): SlotHead {
    const last = this.heads.get(index)?.version;
    const createdAt = Math.max(Math.floor(Date.now() / 1000) + this.#skew, (last?.createdAt ?? 0) + 1);
    const seq = (last?.seq ?? 0) + 1;
    const head = makeHead({ device: this.name, index, seq, createdAt, secretKey: this.#secretKey, ...slot });
    this.heads.set(index, head);
    this.newest.set(head.version.d, head.version);
    this.mesh.offer(head);
    return head;
  }

  knows({ version }: SlotHead): boolean {
    return this.newest.get(version.d)?.nonce === version.nonce;
  }

  async #receive(event: NostrEvent) {
    const opened = openTestSlot(event);
    if (typeof opened === 'string') return opened;
    const { version } = opened;
    const known = this.newest.get(version.d);
    if (!known || known.createdAt < version.createdAt) {
      this.newest.set(version.d, version);
      this.mesh.offer({ version, event: event as SlotHead['event'], own: false });
      this.onNews(version);
    }
    return opened;
  }
}

/** Resolves with the ms after which the condition holds; rejects after `limitMs`. */
export async function eventually(condition: () => boolean, limitMs: number, stepMs = 5): Promise<number> {
  const began = performance.now();
  while (!condition()) {
    if (performance.now() - began > limitMs)
      throw new Error(`Nothing happened within ${limitMs} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, stepMs));
  }
  return performance.now() - began;
}
