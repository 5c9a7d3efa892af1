/**
 * One open database with everything that serves it: where the rooms of the worker are put together. The local database answers before
 * the keys are derived, and goes on answering if they cannot be.
 */
import { Subject } from 'rxjs';
import type { RxStorage, RxStorageInstance } from 'rxdb/plugins/core';
import { exposeRxStorageRemote } from 'rxdb/plugins/storage-remote';
import type { MessageToRemote } from 'rxdb/plugins/storage-remote';
import { collections } from '../schema';
import type { CollectionSettings } from '../schema';
import { ErrorCode, SyncError, ToMain } from '../types';
import type { MessageToMain, OpenRequest, SyncDocument, SyncProblem, SyncStatus } from '../types';
import { createAdmission } from './admission';
import { toHex } from './bytes';
import { readConfig } from './config';
import type { SyncConfig } from './config';
import type { Environment } from './environment';
import { databaseNameOf, isGuessable, normaliseIdentity, passwordOf } from './identity';
import type { Ledger } from './ledger';
import { createMesh } from './mesh';
import { fetchRelayInformation } from './nip11';
import type { MeshListener, Vault } from './ports';
import { RelayConnection } from './relay';
import { createReplica } from './replica';
import type { Replica } from './replica';
import { seedDocuments } from './seed';
import { replicaSettings } from './settings';
import { createStampingStorage } from './stamping-storage';
import { reportFaults } from './storage-faults';
import { createStore } from './store';
import { createVault } from './vault';

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

/**
 * Resolves when the local database may be opened.
 * @throws SyncError CONFIG_INVALID, IDENTITY_INVALID, STORAGE_BLOCKED or what IndexedDB says.
 */
export async function openSession(
  { identity: parts, secret, relays }: OpenRequest,
  environment: Environment,
  post: (message: MessageToMain) => void,
): Promise<Session> {
  const { clock, random } = environment;
  const config = readConfig(environment.config, { relays });
  const identity = normaliseIdentity(parts);
  passwordOf(identity, secret).fill(0);
  if (isGuessable(parts, secret)) post({ type: ToMain.Warning, problem: guessable });

  const installation = await environment.openInstallation();
  const { appId, salts } = config;
  const databaseName = await databaseNameOf(installation.key, { appId, fingerprint: salts[0].fingerprint }, identity);
  const ledger = await environment.openLedger(databaseName, newToken);
  const status = statusPoster(post);
  const stored = rememberInstances(environment.storage);
  const admission = createAdmission(installation, databaseName, (collection) => settingsOf(collection)?.schema);
  const stamping = createStampingStorage({
    storage: reportFaults(stored.storage, status.setStorageProblem),
    now: () => clock.now(),
    notBeforeMs: config.notBeforeMs,
    author: () => ({ deviceId: ledger.device.id, isProven: isLocalOnly || replica.isProven }),
    // RxDB and its plugins keep collections of their own, which are no part of the schema.
    syncs: (collection) => settingsOf(collection) !== undefined && settingsOf(collection)?.sync !== false,
    admit: admission.admit,
  });
  const store = createStore({ stamping, now: () => clock.now(), revisionToken: newToken().slice(0, 10) });
  const toStorage = new Subject<MessageToRemote>();
  exposeRxStorageRemote({
    messages$: toStorage,
    send: (payload) => post({ type: ToMain.Storage, payload }),
    storage: stamping.storage as never,
  });

  const isLocalOnly = config.relays.length === 0;
  const ended = new AbortController();
  const replica = createReplica({
    databaseName,
    settings: replicaSettings(config),
    relayCount: config.relays.length,
    // Nothing is sealed where nothing leaves the device.
    vault: isLocalOnly ? new Promise<never>(() => {}) : deriveVault(),
    installationKey: installation.key,
    ledger,
    store,
    createMesh: (listener, vault) => createMeshOf(config, environment, listener, vault, ledger),
    clock,
    random,
    newDeviceId: newToken,
    tabId: newToken(),
    locks: environment.locks,
    channel: environment.openChannel(databaseName),
    laneOf: (collection) => (settingsOf(collection)?.compress === false ? collection : ''),
    label: environment.label,
    onStatus: status.set,
    onSynced: () => post({ type: ToMain.Synced }),
  });

  function deriveVault(): Promise<Vault> {
    const vault = createVault({
      identity: parts,
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

  return {
    databaseName,
    replica,
    receiveStorage: (message) => toStorage.next(message),
    start() {
      replica.start();
      admission.rewriteOutdated(store).catch(() => {});
      if (isLocalOnly) post({ type: ToMain.Synced });
    },
    seed: (collection, documents, version) => seedDocuments(stamping, store, { collection, documents, version }),
    async close() {
      await replica.close();
      ended.abort();
      await stored.close();
      installation.close();
    },
  };
}

/** Puts what is wrong with the local database into each status, until a write succeeds again. */
function statusPoster(post: (message: MessageToMain) => void) {
  let latest: SyncStatus | undefined;
  let storageProblem: SyncProblem | undefined;
  const send = () => {
    if (!latest) return;
    const problems = storageProblem ? [storageProblem, ...latest.problems] : latest.problems;
    post({ type: ToMain.Status, status: { ...latest, problems } });
  };
  return {
    set(status: SyncStatus) {
      latest = status;
      send();
    },
    setStorageProblem(problem: SyncProblem | undefined) {
      storageProblem = problem;
      send();
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

/** Keeps the instances of a storage, so that all can be closed: the page only closes its own ends of them. */
function rememberInstances(storage: RxStorage<unknown, unknown>) {
  const instances = new Set<RxStorageInstance<never, unknown, unknown>>();
  return {
    storage: {
      name: storage.name,
      rxdbVersion: storage.rxdbVersion,
      async createStorageInstance(params) {
        const instance = await storage.createStorageInstance(params);
        instances.add(instance as never);
        return instance;
      },
    } as RxStorage<unknown, unknown>,
    async close() {
      await Promise.all([...instances].map((instance) => instance.close().catch(() => {})));
    },
  };
}

function settingsOf(collection: string): CollectionSettings | undefined {
  return Object.entries(collections).find(([name]) => name === collection)?.[1] as CollectionSettings | undefined;
}

/** 16 random bytes as 32 hex digits. */
function newToken(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(16)));
}

const guessable: SyncProblem = {
  code: ErrorCode.IdentityInvalid,
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
