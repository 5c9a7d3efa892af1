/**
 * One open database with everything that serves it: where the rooms of the worker are put together. The local database answers before
 * the keys are derived, and goes on answering if they cannot be.
 */
import { Subject } from 'rxjs';
import { exposeRxStorageRemote } from 'rxdb/plugins/storage-remote';
import type { MessageToRemote } from 'rxdb/plugins/storage-remote';
import { ErrorCode, SyncError } from '../core/errors';
import { ToMain } from '../core/messages';
import type { MessageToMain } from '../core/messages';
import type { OpenRequest } from '../core/open-request';
import type { SyncDocument } from '../core/json';
import type { SyncProblem } from '../core/errors';
import { adoptGuests } from '../guest/adopt-guest';
import type { AdoptionOptions } from '../guest/adopt-guest';
import { toHex } from '../core/bytes';
import { readConfig } from '../core/config';
import type { SyncConfig } from '../core/config';
import { createDocuments, settingsOf } from '../storage/rxdb/collections';
import type { Environment } from './browser-environment';
import { enterGuest, GUEST, recordCollections } from '../guest/guest-database';
import type { GuestOptions } from '../guest/guest-database';
import { databaseNameOf, isGuessable, normaliseIdentity, passwordOf } from '../crypto/identity';
import type { Installation } from '../persistence/installation';
import type { Ledger } from '../persistence/ledger';
import { createMesh } from '../mesh/mesh';
import { fetchRelayInformation } from '../relay/nip11';
import type { MeshListener } from '../contracts/mesh';
import type { Vault } from '../contracts/vault';
import { RelayConnection } from '../relay/connection';
import { createReplica } from '../replica/replica';
import type { Replica } from '../replica/replica';
import { seedDocuments } from '../storage/seed-documents';
import { replicaSettings } from '../core/config';
import { postStatus } from './status-reporter';
import { reportFaults } from '../storage/rxdb/storage-faults';
import type { TabChannel } from '../contracts/tabs';
import { createVault } from '../crypto/vault';

export interface Session {
  readonly databaseName: string;
  readonly replica: Replica;
  /** A message of RxDB's storage-remote plugin. */
  receiveStorage(message: MessageToRemote): void;
  /** Every collection is open: sync may start. */
  start(): void;
  seed(collection: string, documents: readonly SyncDocument[], version: number): Promise<void>;
  close(): Promise<void>;
}

type Post = (message: MessageToMain) => void;

/**
 * Resolves when the local database may be opened.
 * @throws SyncError CONFIG_INVALID, IDENTITY_INVALID, STORAGE_BLOCKED, SCHEMA_CHANGED, SCHEMA_UNSUPPORTED or what IndexedDB says.
 */
export async function openSession(request: OpenRequest, environment: Environment, post: Post): Promise<Session> {
  const { identity: parts, secret, relays } = request;
  // What a guest writes is nobody's yet, so there are no keys that could seal it.
  const config = readConfig(environment.config, { relays: parts ? relays : [] });
  const identity = parts && normaliseIdentity(parts);
  if (identity !== null) passwordOf(identity, secret).fill(0);
  if (parts && isGuessable(parts, secret)) post({ type: ToMain.Warning, problem: guessable });

  const installation = await environment.openInstallation();
  const [left, ended] = [new AbortController(), new AbortController()];
  let ledger: Ledger | undefined;
  let channel: TabChannel | undefined;
  try {
    const app = { appId: config.appId, fingerprint: config.salts[0].fingerprint };
    const nameOf = (who: string) => databaseNameOf(installation.key, app, who);
    const guests: GuestOptions = { installation, locks: environment.locks, app: await nameOf(GUEST) };
    const databaseName = await (identity === null ? enterGuest(guests, newName, left.signal) : nameOf(identity));
    ledger = await environment.openLedger(databaseName, newToken);
    channel = environment.openChannel(databaseName);
    const opened = { config, installation, guests, databaseName, ledger, channel, left, ended };
    return createSession(request, opened, environment, post);
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
  readonly config: SyncConfig;
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

function createSession(
  { identity: parts, secret, adoptGuest = false }: OpenRequest,
  { config, installation, guests, databaseName, ledger, channel, left, ended }: Opened,
  environment: Environment,
  post: Post,
): Session {
  const { clock, random, locks } = environment;
  const storageOfGuest = (guest: string) => recordCollections(environment.storage, guests, guest);
  const status = postStatus(post);
  const places = { installation, clock, notBeforeMs: config.notBeforeMs, newToken };
  const documents = createDocuments({
    ...places,
    databaseName,
    storage: reportFaults(
      parts === null ? storageOfGuest(databaseName) : environment.storage,
      status.setStorageProblem,
    ),
    author: () => ({ deviceId: ledger.device.id, isProven: isLocalOnly || replica.isProven }),
  });
  const { stamping, store } = documents;
  const toStorage = new Subject<MessageToRemote>();
  exposeRxStorageRemote({
    messages$: toStorage,
    send: (payload) => post({ type: ToMain.Storage, payload }),
    storage: stamping.storage as never,
  });

  const isLocalOnly = config.relays.length === 0;
  const replica = createReplica({
    databaseName,
    settings: replicaSettings(config),
    relayCount: config.relays.length,
    // Nothing is sealed where nothing leaves the device.
    vault: isLocalOnly || parts === null ? new Promise<never>(() => {}) : deriveVault(parts),
    installationKey: installation.key,
    ledger,
    store,
    createMesh: (listener, vault) => createMeshOf(config, environment, listener, vault, ledger),
    clock,
    random,
    newDeviceId: newToken,
    tabId: newToken(),
    locks,
    channel,
    laneOf: (collection) => (settingsOf(collection)?.compress === false ? collection : ''),
    label: environment.label,
    onStatus: status.set,
    onSynced: () => post({ type: ToMain.Synced }),
  });

  function deriveVault(identityParts: readonly string[]): Promise<Vault> {
    const vault = createVault({
      identity: identityParts,
      secret,
      config,
      loadBlackBox: environment.loadBlackBox,
      signal: ended.signal,
      now: () => clock.now(),
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
    const options: AdoptionOptions = {
      ...{ guests, databaseName, documents, ledger, environment, newToken, signal },
      openDocuments: (guest) =>
        createDocuments({ ...places, databaseName: guest, storage: storageOfGuest(guest), author }),
      onJoined: replica.noteAdopted,
      onRefused: status.setRefusedOfGuests,
    };
    return adoptGuests(options, adoptGuest).catch((error) => {
      // It goes on at the next start.
      if (!signal.aborted) status.setAdoptionProblem(asProblem(error));
    });
  }

  return {
    databaseName,
    replica,
    receiveStorage: (message) => toStorage.next(message),
    start() {
      replica.start();
      documents.rewriteOutdated().catch(() => {});
      if (parts !== null) adopted ??= adopt();
      if (isLocalOnly) post({ type: ToMain.Synced });
    },
    seed: (collection, documents, version) => seedDocuments(stamping, store, { collection, documents, version }),
    async close() {
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
    connect: (url, handlers) =>
      new RelayConnection(
        { url, createSocket, clock, random, limits: config.connection, signAuth: vault.signAuth },
        handlers,
      ),
    fetchInformation: (relayUrl) => fetchRelayInformation(relayUrl, { fetchText, clock, timeoutMs }),
  });
}

/** 16 random bytes as 32 hex digits. */
function newToken(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(16)));
}

/** A name that no other database has. */
const newName = (): string => newToken().slice(0, 16);

const guessable: SyncProblem = {
  code: ErrorCode.IdentityGuessable,
  message:
    'The identity can be guessed: it is an e-mail address or a number and nothing else, so whoever takes the salt out of the app can find this user among others. Give an id that nobody knows too, or a `secret` (docs/threat-model.md).',
};

/** What went wrong, in a form that can be sent. */
export function asProblem(error: unknown): SyncProblem {
  if (error instanceof SyncError) return { code: error.code, message: error.message };
  const name = error instanceof Error ? error.name : String(error);
  return {
    code: ErrorCode.StorageFailed,
    message: `The local database cannot be opened (${name}). Reload the page; if it happens again, the browser's storage for this site may be damaged.`,
  };
}
