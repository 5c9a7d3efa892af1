/**
 * One open database with everything that serves it: where the modules of the worker are put together. The local database answers before
 * the keys are derived, and goes on answering if they cannot be.
 */
import type { SyncProblem } from '../core/errors';
import type { SyncDocument } from '../core/json';
import type { Lifecycle } from '../core/lifecycle';
import type { IdentityPart, OpenRequest } from '../core/open-request';
import type { SyncStatus } from '../core/status';
import type { MeshListener } from '../contracts/mesh';
import type { DeviceAbout } from '../contracts/slot';
import type { Vault } from '../contracts/vault';
import { toHex } from '../core/bytes';
import type { Bytes } from '../core/bytes';
import { readConfig, replicaSettings } from '../core/config';
import type { SyncConfig } from '../core/config';
import { withServedList } from '../core/config/served-list';
import type { ServedList } from '../core/config/served-list';
import { KIT_VERSION } from '../core/versions';
import { databaseNameOf, guestIdentity, isGuessable, normaliseIdentity, passwordOf } from '../crypto/identity';
import { readAbout } from '../crypto/read-manifest';
import { createVault } from '../crypto/vault';
import { adoptGuests } from '../guest/adopt-guest';
import { createGuestRecorder, enterGuest } from '../guest/guest-database';
import type { GuestOptions } from '../guest/guest-database';
import { createMesh } from '../mesh/mesh';
import type { Installation } from '../persistence/installation';
import type { Ledger } from '../persistence/ledger';
import { storageNewer } from '../persistence/stored-format';
import { RelayConnection } from '../relay/connection';
import { fetchRelayInformation } from '../relay/nip11';
import { createReplica } from '../replica/replica';
import type { TabChannel } from '../contracts/tabs';
import { settingsOf } from '../storage/collection-settings';
import type { LayerOptions } from '../storage/layer';
import { seedDocuments } from '../storage/seed-documents';
import type { Environment } from './environment';
import { guessable, toProblem } from './problem';
import { createRelayList } from './relay-list';
import { schemaVersionOf } from './schema-version';
import { createStatusReporter } from './status-reporter';

/** What a session tells the page beside the answers to what it was asked. */
export interface SessionListener {
  /** A message of the storage layer to its end on the page. */
  onStorage(payload: unknown): void;
  onStatus(status: SyncStatus): void;
  /** The first complete read of the relays has been merged. */
  onSynced(): void;
  /** For the developer. */
  onWarning(problem: SyncProblem): void;
}

export interface OpenSession {
  readonly databaseName: string;
  /** A message of the storage layer's end on the page. */
  receiveStorage(payload: unknown): void;
  /** Every collection is open: sync may start. */
  start(): void;
  lifecycle(event: Lifecycle): void;
  frameLag(lagMs: number): void;
  seed(collection: string, documents: readonly SyncDocument[], version: number): Promise<void>;
  close(): Promise<void>;
}

/**
 * Resolves when the local database may be opened.
 * @throws SyncError CONFIG_INVALID, IDENTITY_INVALID, SECRET_INVALID, STORAGE_BLOCKED, STORAGE_NEWER, SCHEMA_CHANGED, SCHEMA_UNSUPPORTED or what IndexedDB says.
 */
export async function openSession(
  request: OpenRequest,
  environment: Environment,
  listener: SessionListener,
): Promise<OpenSession> {
  const { identity: parts, secret, relays } = request;
  // What a guest writes is nobody's yet, so there are no keys that could seal it.
  const configured = readConfig(environment.config, { relays: parts === null ? [] : relays });
  // Only null is a guest: anything else that is no identity is refused before anything is opened.
  const identity = parts === null ? null : normaliseIdentity(parts);
  if (identity !== null) passwordOf(identity, secret).fill(0);
  if (parts !== null && isGuessable(parts, secret)) listener.onWarning(guessable);

  const installation = await environment.openInstallation(configured.appId);
  const [left, ended] = [new AbortController(), new AbortController()];
  let ledger: Ledger | undefined;
  let channel: TabChannel | undefined;
  try {
    const app = { appId: configured.appId, fingerprint: configured.salts[0].fingerprint };
    const nameOf = (who: Bytes) => databaseNameOf(installation.key, app, who);
    const guests: GuestOptions = { installation, locks: environment.locks, app: await nameOf(guestIdentity()) };
    const databaseName = await (identity === null ? enterGuest(guests, newName, left.signal) : nameOf(identity));
    await installation.admitDatabase(databaseName);
    ledger = await environment.openLedger(databaseName, newToken);
    channel = environment.openChannel(databaseName);
    const served = configured.relaysUrl === undefined ? undefined : await installation.readServedList();
    const opened = { configured, served, installation, guests, databaseName, ledger, channel, left, ended };
    return assembleSession(request, opened, environment, listener);
  } catch (error) {
    ended.abort();
    channel?.close();
    ledger?.close();
    installation.close();
    left.abort();
    throw error;
  }
}

/** What `openSession` has opened, and the session closes. */
interface Opened {
  /** What config.json and `open` say. */
  readonly configured: SyncConfig;
  readonly served: ServedList | undefined;
  readonly installation: Installation;
  readonly guests: GuestOptions;
  readonly databaseName: string;
  readonly ledger: Ledger;
  readonly channel: TabChannel;
  /** Aborts when the database is left: an adoption ends, and what a guest has written may be emptied. */
  readonly left: AbortController;
  /** Aborts when nobody wants the keys any more. */
  readonly ended: AbortController;
}

function assembleSession(
  { identity: parts, secret, existing = false, adoptGuest = false }: OpenRequest,
  { configured, served, installation, guests, databaseName, ledger, channel, left, ended }: Opened,
  environment: Environment,
  listener: SessionListener,
): OpenSession {
  const { clock, random, locks, collections } = environment;
  const status = createStatusReporter(listener.onStatus);
  let config = withServedList(configured, served);
  const relayList = createRelayList({
    ...{ config, environment, installation, known: served },
    onChanged(now) {
      config = withServedList(configured, now);
      replica.renew();
    },
    onProblem: status.setListProblem,
  });
  const openDatabase = (
    name: string,
    options: Pick<LayerOptions, 'author' | 'recorder' | 'post' | 'onProblem' | 'onNewer'>,
  ) =>
    environment.storage.openDatabase({
      ...{ databaseName: name, collections, installation, clock, newToken },
      ...{ notBeforeMs: config.notBeforeMs, ...options },
    });
  const documents = openDatabase(databaseName, {
    ...(parts === null && { recorder: createGuestRecorder(guests, databaseName) }),
    author: () => ({ deviceId: ledger.device.id, isProven: isLocalOnly || replica.isProven }),
    post: listener.onStorage,
    onProblem: status.setStorageProblem,
    onNewer: () => status.setNewerProblem(toProblem(storageNewer())),
  });

  const isLocalOnly = config.relays.length === 0;
  const replica = createReplica({
    databaseName,
    get settings() {
      return replicaSettings(config);
    },
    relayCount: config.relays.length,
    // Nothing is sealed where nothing leaves the device.
    vault: isLocalOnly || parts === null ? new Promise<never>(() => {}) : deriveVault(parts),
    installationKey: installation.key,
    expectsData: existing,
    ledger,
    store: documents.store,
    createMesh: (listener, vault) => createMeshOf(config, environment, listener, vault, ledger),
    clock,
    random,
    newDeviceId: newToken,
    tabId: newToken(),
    locks,
    channel,
    laneOf: (collection) => (settingsOf(collections, collection)?.compress === false ? collection : ''),
    about: describeDevice,
    onStatus: status.set,
    onSynced: listener.onSynced,
  });

  async function describeDevice(): Promise<DeviceAbout> {
    const schema = await schemaVersionOf(collections);
    return readAbout({ relays: config.relays, label: environment.label, kit: KIT_VERSION, schema });
  }

  function deriveVault(identityParts: readonly IdentityPart[]): Promise<Vault> {
    const vault = createVault({
      identity: identityParts,
      secret,
      config,
      loadBlackBox: environment.loadBlackBox,
      signal: ended.signal,
    });
    // Whoever waits for it hears of a failure; until somebody does, it is not an unhandled one.
    vault.catch(() => {});
    return vault;
  }

  let adopted: Promise<void> | undefined;
  function adopt(): Promise<void> {
    const { signal } = left;
    // A guest's documents are read here, and written nowhere but in tabs that are guests.
    const author = () => ({ deviceId: ledger.device.id, isProven: true });
    const adopting = adoptGuests(
      {
        ...{ guests, databaseName, documents, ledger, newToken, signal },
        collections: Object.keys(collections),
        openLedger: environment.openLedger,
        async deleteDatabase(name, names) {
          await environment.storage.deleteDatabase(name, names);
          await environment.deleteLedger(name);
        },
        openDocuments: (guest) => openDatabase(guest, { author, recorder: createGuestRecorder(guests, guest) }),
        onJoined: replica.noteAdopted,
        onRefused: status.setRefusedOfGuests,
      },
      adoptGuest,
    );
    return adopting.catch((error) => {
      // It goes on at the next start.
      if (!signal.aborted) status.setAdoptionProblem(toProblem(error));
    });
  }

  return {
    databaseName,
    receiveStorage: documents.receive,
    lifecycle: replica.lifecycle,
    frameLag: replica.frameLag,
    start() {
      replica.start();
      relayList.start();
      documents.rewriteOutdated().catch(() => {});
      if (parts !== null) adopted ??= adopt();
      if (isLocalOnly) listener.onSynced();
    },
    seed: (collection, seeds, version) =>
      seedDocuments(documents, documents.store, { collection, documents: seeds, version }),
    async close() {
      relayList.stop();
      if (parts !== null) left.abort();
      await adopted;
      await replica.close();
      ended.abort();
      await documents.close();
      // Whoever adopts what a guest has written may empty it now.
      left.abort();
      installation.close();
    },
  };
}

function createMeshOf(
  config: SyncConfig,
  { clock, random, createSocket, fetchText }: Environment,
  listener: MeshListener,
  vault: Vault,
  ledger: Ledger,
) {
  const timeoutMs = config.connection.answerTimeoutMs;
  return createMesh({
    config,
    pubkey: vault.pubkey,
    listener,
    memory: {
      load: () => ledger.loadRelayMemory(),
      // What was learned of a relay is a convenience: it is learned again.
      save: (relayUrl, memory) => void ledger.saveRelayMemory(relayUrl, memory).catch(() => {}),
    },
    clock,
    random,
    connect: (url, handlers, authClock) =>
      new RelayConnection(
        {
          url,
          createSocket,
          clock,
          random,
          limits: config.connection,
          inbound: config.inbound,
          signAuth: vault.signAuth,
          authClock,
        },
        handlers,
      ),
    // The replica asks the vault as well, which looks at each event once.
    isSigned: vault.verify,
    fetchInformation: (relayUrl) => fetchRelayInformation(relayUrl, { fetchText, clock, timeoutMs }),
  });
}

/** 16 random bytes as 32 hex digits. */
function newToken(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(16)));
}

/** A name that no other database has. */
const newName = (): string => newToken().slice(0, 16);
