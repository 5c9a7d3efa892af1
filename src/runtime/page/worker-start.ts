/**
 * Starts a worker whose script the browser does not take as it stands: one of another origin, where the app's files are on a CDN, and one whose address is
 * a text, under Trusted Types. Then a blob of the page's own origin imports the script. It runs under the page's policy, which has to allow that.
 */
import { ErrorCode } from '../core/errors';
import type { SyncProblem } from '../core/errors';

/** The name of the policy of Trusted Types, in the page and in its worker: for `trusted-types` of a content security policy. */
export const TRUSTED_TYPES_POLICY = 'zero-backend-sync';

/** The part of Trusted Types that is used; `lib.dom` of older compilers has none of it. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { readonly createScriptURL: (url: string) => string },
  ): { createScriptURL(url: string): string };
}
type PageScope = typeof globalThis & { readonly trustedTypes?: TrustedTypes };
type WorkerConstructor = typeof Worker;

/** Starts the worker of one page, again if need be, in the way that has worked or has not been refused yet. */
export interface WorkerStarter<Started> {
  /** @throws what the browser says when it refuses both ways at once. */
  start(): Started;
  /** The worker ended before it answered, with this reason: the next start may take the other way. */
  noteFailure(reason: string): void;
  /** Why the browser starts no worker, with what to do; undefined where nothing says that it is the browser that refuses. */
  blockedBy(reason: string): SyncProblem | undefined;
  /** The policy of the page has refused both ways, so that no other start can help. */
  readonly isBlocked: boolean;
  end(): void;
}

/** @param createWorker makes the worker by `new Worker(...)`, as bundlers want it written; for the second way that `Worker` is another one while it runs. */
export function createWorkerStarter<Started>(
  createWorker: () => Started,
  scope: PageScope = globalThis,
): WorkerStarter<Started> {
  let isDetour = false;
  /** Also where the script is of the page's origin, and a worker can be made of it. */
  let needsBlob = false;
  let needsTrust = false;
  let isBlocked = false;
  let hasViolation = false;
  let script: URL | undefined;
  const stopWatching = watchPolicy(scope, () => (hasViolation = true));
  const canDetour = typeof scope.Worker === 'function' && typeof scope.document === 'object';

  function startByDetour(): Started {
    const ownWorker = scope.Worker;
    scope.Worker = function (given: string | URL, options?: WorkerOptions) {
      script = new URL(String(given), scope.document.baseURI);
      return needsBlob || script.origin !== scope.location.origin
        ? startThroughBlob({ ownWorker, script, options, needsTrust, scope })
        : new ownWorker(given, options);
    } as unknown as WorkerConstructor;
    try {
      return createWorker();
    } catch (error) {
      // Otherwise it is not the browser that has thrown.
      isBlocked ||= script !== undefined;
      throw error;
    } finally {
      scope.Worker = ownWorker;
    }
  }

  /** Of a worker that is refused by a policy, or whose script is of another origin, some browsers say no more than that there was an error. */
  function prepareDetour(reason: string): void {
    needsTrust ||= /trusted/i.test(reason);
    needsBlob ||= hasViolation || needsTrust;
    isDetour = true;
  }

  return {
    start() {
      hasViolation = false;
      if (isDetour) return startByDetour();
      try {
        return createWorker();
      } catch (error) {
        if (!canDetour) throw error;
        prepareDetour(String(error));
        needsBlob = true;
        return startByDetour();
      }
    },
    noteFailure(reason) {
      if (isDetour) isBlocked ||= hasViolation;
      else if (canDetour) prepareDetour(reason);
    },
    blockedBy(reason) {
      if (script === undefined) return undefined;
      const isForeign = script.origin !== scope.location.origin;
      return needsBlob || isForeign ? blockedProblem(reason, script, isForeign) : undefined;
    },
    get isBlocked() {
      return isBlocked;
    },
    end: stopWatching,
  };
}

/** Calls back when a policy has kept a worker from being started, which its `error` event does not say. */
function watchPolicy(scope: PageScope, onViolation: () => void): () => void {
  if (typeof scope.document === 'undefined') return () => {};
  const listen = ({ effectiveDirective }: SecurityPolicyViolationEvent): void => {
    if (effectiveDirective === 'worker-src') onViolation();
  };
  scope.document.addEventListener('securitypolicyviolation', listen);
  return () => scope.document.removeEventListener('securitypolicyviolation', listen);
}

interface BlobStart {
  readonly ownWorker: WorkerConstructor;
  readonly script: URL;
  readonly options: WorkerOptions | undefined;
  /** Whether the page or the worker takes no text for the address of a script. Not assumed: a page may forbid the policy's name. */
  readonly needsTrust: boolean;
  readonly scope: PageScope;
}

function startThroughBlob({ ownWorker, script, options, needsTrust, scope }: BlobStart): Worker {
  const text = options?.type === 'module' ? importModule(script) : importScript(script, needsTrust);
  // Not revoked: nothing says when the browser has read it, and a page starts few workers.
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  return new ownWorker((needsTrust && policyOf(scope)?.createScriptURL(url)) || url, options);
}

/** A page may make a policy of a name only once. */
let policyOfPage: ReturnType<TrustedTypes['createPolicy']> | undefined;

/** Trusts blobs of the page alone, of which only this module gives it any. */
function policyOf({ trustedTypes, location }: PageScope): typeof policyOfPage {
  return (policyOfPage ??= trustedTypes?.createPolicy(TRUSTED_TYPES_POLICY, {
    createScriptURL: (url) => {
      if (url.startsWith(`blob:${location.origin}/`)) return url;
      throw new TypeError(`${url} is not the script of the worker.`);
    },
  }));
}

const importModule = ({ href }: URL): string => `import ${JSON.stringify(href)};`;

/**
 * The script finds its chunks and files by the address of the worker, which would be the blob's, and names them relative to it. What it imports
 * further is of its own origin.
 */
const importScript = ({ href, origin }: URL, isTrusted: boolean): string => `{
  const own = ${JSON.stringify(href)};
  const load = self.importScripts.bind(self);
  const check = (url) => {
    if (new URL(url).origin === ${JSON.stringify(origin)}) return url;
    throw new TypeError(url + ' is of another origin than the worker.');
  };
  const trusted = ${isTrusted ? `trustedTypes.createPolicy('${TRUSTED_TYPES_POLICY}', { createScriptURL: check })` : '{ createScriptURL: (url) => url }'};
  self.importScripts = (...urls) => load(...urls.map((url) => trusted.createScriptURL(new URL(url, own).href)));
  Object.defineProperty(self, 'location', { value: new URL(own) });
  self.importScripts(own);
}`;

function blockedProblem(reason: string, script: URL, isForeign: boolean): SyncProblem {
  const remedies = [
    "The content security policy of the page has to allow it: worker-src 'self' blob:",
    ...(isForeign ? [`${script.origin} in script-src`] : []),
    `and, where it has trusted-types, the name ${TRUSTED_TYPES_POLICY} there.`,
  ].join(', ');
  const otherwise = isForeign ? " Or serve the app's files from the page's own origin (PUBLIC_URL of the build)." : '';
  return {
    code: ErrorCode.WorkerBlocked,
    message: `The browser does not start the worker ${script.href} from this page: ${reason.replace(/\.$/, '')}. ${remedies}${otherwise}`,
  };
}
