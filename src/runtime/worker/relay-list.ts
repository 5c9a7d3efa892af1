/**
 * The list of relays of an app whose operator changes it without a release (`relaysUrl` of config.json). Opening never waits for it: a session begins
 * with the list that was fetched last, and a newer one takes its place as soon as it is there.
 */
import { ErrorCode, SyncError } from '../core/errors';
import type { SyncProblem } from '../core/errors';
import type { SyncConfig } from '../core/config';
import { listAfter, readServedList } from '../core/config/served-list';
import type { ServedList } from '../core/config/served-list';
import type { Installation } from '../persistence/installation';
import { readText } from '../relay/nip11';
import type { Environment } from './environment';

export interface RelayListOptions {
  /** Nothing is fetched without a `relaysUrl`. */
  readonly config: Pick<SyncConfig, 'relaysUrl' | 'connection'>;
  /** Nor outside a browser. */
  readonly environment: Pick<Environment, 'clock' | 'fetchText' | 'origin'>;
  readonly installation: Pick<Installation, 'updateServedList'>;
  /** What the session began with. */
  readonly known: ServedList | undefined;
  /** Another list than before. */
  readonly onChanged: (served: ServedList) => void;
  /** What is wrong with the file; undefined when it is right again. Whoever is offline is told nothing. */
  readonly onProblem: (problem: SyncProblem | undefined) => void;
}

export type RelayList = ReturnType<typeof createRelayList>;

export function createRelayList(options: RelayListOptions) {
  const { installation } = options;
  const { relaysUrl: path, connection: limits } = options.config;
  const { clock, fetchText, origin } = options.environment;
  let { known } = options;
  let cancel = () => {};
  let isStopped = false;

  /** Never rejects. */
  async function refresh(): Promise<void> {
    if (path === undefined || origin === undefined) return;
    cancel = clock.after(limits.relayListIntervalMs, () => void refresh());
    try {
      const fetched = await fetchList(path, new URL(path, origin).href);
      if (isStopped || fetched === undefined) return;
      const served = await installation.updateServedList((stored) => listAfter(stored, fetched));
      if (isStopped) return;
      options.onProblem(undefined);
      const isSame = listAfter(known, served.relays) === known;
      known = served;
      if (!isSame) options.onChanged(served);
    } catch (error) {
      if (isStopped) return;
      // What storage has against it shows elsewhere, and the next start tries again.
      if (error instanceof SyncError && error.code === ErrorCode.ConfigInvalid)
        options.onProblem({ code: error.code, message: `${error.message} The last list that was right is used.` });
    }
  }

  /**
   * Undefined where the file cannot be asked for now.
   * @throws SyncError CONFIG_INVALID
   */
  async function fetchList(path: string, url: string): Promise<readonly string[] | undefined> {
    const abort = new AbortController();
    const cancelTimeout = clock.after(limits.answerTimeoutMs, () => abort.abort());
    try {
      const response = await fetchText(url, { ...PLAINLY, signal: abort.signal }).catch(() => undefined);
      if (!response) return undefined;
      if (!response.ok || !response.body) throw unreadable(path);
      const text = await readText(response.body, limits.relayListBytes).catch((error: unknown) => {
        if (error instanceof RangeError) throw unreadable(path);
        return undefined;
      });
      return text === undefined ? undefined : readServedList(parsed(text, path), path);
    } finally {
      cancelTimeout();
      abort.abort();
    }
  }

  return {
    start: () => void refresh(),
    stop(): void {
      isStopped = true;
      cancel();
    },
  };
}

const PLAINLY = {
  headers: { Accept: 'application/json' },
  redirect: 'error',
  credentials: 'omit',
  referrerPolicy: 'no-referrer',
  cache: 'no-store',
} as const;

/** A site that has no such file often answers with its page. */
function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw unreadable(path);
  }
}

const unreadable = (path: string): SyncError =>
  new SyncError(
    ErrorCode.ConfigInvalid,
    `There is no list of relays at ${path}, which "relaysUrl" of config.json names: the site answers with none, or with something that is no JSON or too long. Put { "relays": [...] } there, or take "relaysUrl" out.`,
  );
