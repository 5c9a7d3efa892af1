/** One device, from its documents to scripted relays: the replica over the mesh over connections, on an owned clock. */
import configJson from '../../src/lib/config.json';
import { readConfig, replicaSettings } from '../../src/runtime/core/config';
import { startingStatus } from '../../src/runtime/core/status';
import type { SyncStatus } from '../../src/runtime/core/status';
import { ChangeOrigin } from '../../src/runtime/contracts/store';
import type { Store, StoreChange } from '../../src/runtime/contracts/store';
import { readAbout } from '../../src/runtime/crypto/read-manifest';
import { createMesh } from '../../src/runtime/mesh/mesh';
import { KeyState } from '../../src/runtime/persistence/ledger';
import { RelayConnection } from '../../src/runtime/relay/connection';
import type { RelayInformation } from '../../src/runtime/relay/nip11';
import { createReplica } from '../../src/runtime/replica/replica';
import { keyOf } from '../../src/runtime/replica/slots/slot-content';
import type { ContentDocument } from '../../src/runtime/replica/slots/slot-content';
import { createMemoryLedger, emptyLedgerDisk } from '../../src/runtime/testing/memory-ledger';
import { createDice } from '../../simulation/random';
import { createStandInVault, Seals } from '../../simulation/stand-in-vault';
import { OwnedClock, seededRandom } from './owned-clock';
import { ScriptedRelay } from './scripted-relay';
import { sizedVault } from './sized-vault';

export interface ReplicaSceneOptions {
  readonly maxEventBytes?: number;
  readonly information?: (url: string) => RelayInformation | undefined;
  /** Addresses of the relays in the app's list; all that there are, if it is not said. */
  readonly listed?: readonly string[];
  readonly former?: readonly string[];
  /** 32 hex digits. */
  readonly deviceId?: string;
}

/** What outlives a session: the clock, the relays, what the browser has stored, and what was sealed. */
export function createPlace({ relays = 3 } = {}) {
  const clock = new OwnedClock();
  const disk = { ...emptyLedgerDisk(), key: { check: 'the keys of a', state: KeyState.Free } };
  return {
    ...{ clock, disk, seals: new Seals(), documents: new Map<string, ContentDocument>() },
    relays: Array.from({ length: relays }, (_, index) => new ScriptedRelay(`wss://relay${index}.example`, clock)),
  };
}

export type Place = ReturnType<typeof createPlace>;

/** A session of the device in this place. */
export function openReplica(place: Place, options: ReplicaSceneOptions = {}) {
  const { information, maxEventBytes, former = [], deviceId = 'b'.repeat(32) } = options;
  const { clock, disk, seals, documents, relays } = place;
  const publishing = maxEventBytes === undefined ? {} : { maxEventBytes };
  const listed = options.listed ?? relays.map(({ url }) => url);
  const config = { ...readConfig({ ...configJson, publishing }, { relays: listed }), formerRelays: former };
  const random = seededRandom(1);
  const standIn = createStandInVault(seals, createDice(disk.epoch + 1));
  const vault = { ...standIn, ...sizedVault(standIn) };
  const ledger = createMemoryLedger(() => deviceId, disk);
  const listeners = new Set<(change: StoreChange) => void>();
  const store: Store = {
    collections: ['notes'],
    read: async (collection, ids) =>
      new Map(ids.flatMap((id) => documents.get(keyOf({ collection, id })) ?? []).map((each) => [each.id, each])),
    join: async (_collection, joined) => ({ joined, quarantined: [] }),
    async *scan() {
      yield [...documents.values()];
    },
    settleShares: async () => {},
    changes(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  let status = startingStatus;
  const replica = createReplica({
    ...{ databaseName: 'db', settings: replicaSettings(config), relayCount: listed.length, ledger, store, clock },
    ...{ random, tabId: `tab ${disk.epoch}`, expectsData: false, vault: Promise.resolve(vault) },
    installationKey: undefined as never,
    about: async () => readAbout({ label: 'Test', relays: listed }),
    createMesh: (listener) =>
      createMesh({
        ...{ config, listener, clock, random, pubkey: seals.pubkey, idOf: ({ id }) => id, isSigned: () => true },
        memory: {
          load: () => ledger.loadRelayMemory(),
          save: (url, memory) => void ledger.saveRelayMemory(url, memory),
        },
        connect: (url, handlers, authClock) => {
          const createSocket = relays.find((relay) => relay.url === url)!.createSocket;
          const signAuth = () => {
            throw new Error('these relays ask for no authentication');
          };
          return new RelayConnection(
            {
              url,
              createSocket,
              clock,
              random,
              limits: config.connection,
              inbound: config.inbound,
              signAuth,
              authClock,
            },
            handlers,
          );
        },
        ...(information && { fetchInformation: async (url: string) => information(url) }),
      }),
    newDeviceId: () => 'd'.repeat(32),
    locks: { request: async (_name, _options, hold) => void (await hold()) },
    channel: { post: () => {}, onMessage: () => {}, close: () => {} },
    laneOf: () => '',
    onStatus: (told: SyncStatus) => (status = told),
    onSynced: () => {},
  });
  replica.start();
  return {
    ...{ replica, config },
    get status(): SyncStatus {
      return status;
    },
    write(...written: readonly ContentDocument[]): void {
      for (const document of written) documents.set(keyOf(document), document);
      for (const listener of listeners)
        listener({ collection: 'notes', origin: ChangeOrigin.Local, documents: [...written] });
    },
    /** What a relay's slots hold, at present. */
    idsOn: (relay: ScriptedRelay): readonly string[] => {
      const ids = new Set<string>();
      for (const event of relay.stored.values())
        for (const { id } of seals.contentOf({ ...event, content: event.content.slice(0, 24) }).values()) ids.add(id);
      return [...ids].sort();
    },
  };
}
