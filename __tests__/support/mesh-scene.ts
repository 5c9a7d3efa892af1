/** A mesh with scripted relays on an owned clock, and a listener that remembers. */
import configJson from '../../src/lib/config.json';
import { readConfig, type SyncConfig } from '../../src/runtime/core/config';
import { createMesh } from '../../src/runtime/mesh/mesh';
import { Refusal } from '../../src/runtime/contracts/vault';
import type { Mesh, MeshListener, ReceivedSlot, SlotHead } from '../../src/runtime/contracts/mesh';
import { Tier, type NostrEvent, type SlotVersion } from '../../src/runtime/contracts/slot';
import { RelayConnection } from '../../src/runtime/relay/connection';
import type { SyncDocument } from '../../src/runtime/core/json';
import { OwnedClock, seededRandom } from './owned-clock';
import { ScriptedRelay } from './scripted-relay';
import { makeHead, openTestSlot, relaysIn, signTestAuth, testPubkey, testSignature, type TestSlot } from './test-slots';

export interface SceneOptions {
  readonly relays?: number;
  readonly config?: Partial<SyncConfig>;
  readonly memory?: { readonly [url: string]: SyncDocument };
  readonly seed?: number;
  readonly clock?: OwnedClock;
  /** All relays that there are. */
  readonly shared?: readonly ScriptedRelay[];
  /** Addresses of those in the app's list; all of them, if it is not said. */
  readonly listed?: readonly string[];
  readonly information?: (url: string) => object | undefined;
}

export class MeshScene implements MeshListener {
  readonly clock: OwnedClock;
  readonly relays: readonly ScriptedRelay[];
  /** Attempts to connect to relays that there are not. */
  readonly strangers: { readonly url: string; readonly at: number }[] = [];
  readonly config: SyncConfig;
  readonly mesh: Mesh;
  readonly received: NostrEvent[] = [];
  /** Events whose signature was looked at. */
  readonly checked: NostrEvent[] = [];
  readonly newest = new Map<string, SlotVersion>();
  readonly storedOn = new Map<string, Set<string>>();
  readonly reads: { url: string; present: ReadonlyMap<string, SlotVersion>; complete: boolean }[] = [];
  readonly readyCounts: number[] = [];
  /** Each change of what the relays have shown, as its completeness and the number of relays that have been read. */
  readonly proofs: string[] = [];
  readonly saved = new Map<string, SyncDocument>();
  /** Whether others' heads are offered for repair, as the replica does. */
  repairs = true;
  /** Whether somebody sees the status. */
  isVisible = true;
  /** Each change of `isCutOff`. */
  readonly cuts: boolean[] = [false];
  /** Ids of events that a newer build wrote. */
  readonly unreadable = new Set<string>();
  /** Ids of events that open with no key. */
  readonly sealedOtherwise = new Set<string>();
  readonly #own = new Set<string>();

  constructor(options: SceneOptions = {}) {
    this.clock = options.clock ?? new OwnedClock();
    const count = options.relays ?? 3;
    this.relays =
      options.shared ??
      Array.from({ length: count }, (_, index) => new ScriptedRelay(`wss://relay${index}.example`, this.clock));
    const urls = options.listed ?? this.relays.map(({ url }) => url);
    this.config = { ...readConfig(configJson, { relays: urls }), ...options.config };
    const random = seededRandom(options.seed ?? 1);
    this.mesh = createMesh({
      config: this.config,
      pubkey: testPubkey,
      listener: this,
      memory: {
        load: async () => options.memory ?? {},
        save: (url, memory) => void this.saved.set(url, memory),
      },
      clock: this.clock,
      random,
      connect: (url, handlers, authClock) =>
        new RelayConnection(
          {
            url,
            createSocket: () => this.#relayAt(url).createSocket(),
            clock: this.clock,
            random,
            limits: this.config.connection,
            inbound: this.config.inbound,
            signAuth: signTestAuth,
            authClock,
          },
          handlers,
        ),
      isSigned: (event) => {
        this.checked.push(event);
        return event.sig === testSignature;
      },
      ...(options.information && { fetchInformation: async (url: string) => options.information?.(url) }),
    });
  }

  // ---- the listener

  async receive(
    event: NostrEvent,
    _relayUrl: string,
    isSigned: () => Promise<boolean | undefined>,
  ): Promise<ReceivedSlot | Refusal> {
    this.received.push(event);
    const opened = openTestSlot(event);
    if (typeof opened === 'string') return Refusal.Unreadable;
    const { version } = opened;
    if (this.unreadable.has(event.id)) {
      if (!(await isSigned())) return Refusal.UnknownVersion;
      const { d, createdAt } = version;
      this.mesh.offer({
        ...{ version: { d, createdAt, nonce: undefined }, event: event as SlotHead['event'], own: false },
      });
      return Refusal.UnknownVersion;
    }
    if (version.tier === Tier.Manifest && !this.#own.has(version.d))
      this.mesh.noteDevice(version.deviceId, relaysIn(event), version.createdAt);
    const known = this.newest.get(version.d);
    if (!known || known.createdAt < version.createdAt) this.newest.set(version.d, version);
    const isNewest = this.newest.get(version.d)?.nonce === version.nonce;
    if (isNewest && this.repairs && !this.#own.has(version.d) && event.sig === testSignature)
      this.mesh.offer({ version, event: event as SlotHead['event'], own: false });
    return opened;
  }

  stored(url: string, versions: readonly SlotVersion[]): void {
    for (const { d, nonce } of versions) {
      const key = `${d} ${nonce}`;
      this.storedOn.set(key, (this.storedOn.get(key) ?? new Set()).add(url));
    }
  }

  readEnded(url: string, present: ReadonlyMap<string, SlotVersion>, complete: boolean): void {
    this.reads.push({ url, present, complete });
  }

  proofChanged(): void {
    const { read, completeness } = this.mesh.proof;
    this.proofs.push(`${completeness} ${[...read].length}`);
  }

  readyRelaysChanged(count: number): void {
    this.readyCounts.push(count);
  }

  statusChanged(): void {
    if (this.cuts.at(-1) !== this.mesh.isCutOff) this.cuts.push(this.mesh.isCutOff);
  }

  isWatched(): boolean {
    return this.isVisible;
  }

  /** Nobody is there at any other address. */
  #relayAt(url: string): ScriptedRelay {
    const relay = this.relays.find((each) => each.url === url);
    if (relay) return relay;
    this.strangers.push({ url, at: this.clock.now() });
    const nobody = new ScriptedRelay(url, this.clock);
    nobody.faults = { refuse: true };
    return nobody;
  }

  // ---- what tests do

  get nowSeconds(): number {
    return Math.floor(this.clock.now() / 1000);
  }

  /** Starts and waits until every relay that can be reached is ready. */
  async begin(ready = Math.min(this.relays.length, this.config.activeRelays)): Promise<void> {
    this.mesh.start();
    await this.clock.until(() => this.mesh.readyRelays >= ready, 20_000, 5);
    await this.clock.advance(300);
  }

  /** Offers an own head stamped now. */
  write(slot: Partial<TestSlot> = {}): SlotHead {
    const head = makeHead({ createdAt: this.nowSeconds, ...slot });
    this.#own.add(head.version.d);
    this.newest.set(head.version.d, head.version);
    this.mesh.offer(head);
    return head;
  }

  storedCount({ version: { d, nonce } }: SlotHead): number {
    return this.storedOn.get(`${d} ${nonce}`)?.size ?? 0;
  }

  holders({ event }: SlotHead): number {
    return this.relays.filter(({ stored }) => [...stored.values()].some(({ id }) => id === event.id)).length;
  }
}
