/** What the kit needs of a browser, checked before anything is opened, so that an old or restricted one is told apart from a fault. */
import { ErrorCode, SyncError } from '../core/errors';

const oldBrowser = 'Chrome or Edge 103, Firefox 113 and Safari 16.4 are the first that have it.';

/** @throws SyncError ENVIRONMENT_UNSUPPORTED that names what is missing and how to get it. */
export function checkRequirements(scope: typeof globalThis = globalThis): void {
  const missing = findMissing(scope);
  if (missing) throw new SyncError(ErrorCode.EnvironmentUnsupported, `This page cannot sync: ${missing}`);
}

function findMissing(scope: typeof globalThis): string | undefined {
  if (!scope.crypto?.subtle) {
    return 'crypto.subtle is missing, because the page is not a secure context. Serve it over https, or open it as localhost.';
  }
  if (typeof scope.WebAssembly !== 'object') {
    return 'WebAssembly is missing. A hardened mode of the browser (such as Lockdown Mode on iOS) may have switched it off for this site.';
  }
  if (!scope.indexedDB) {
    return 'IndexedDB is missing. A private window or a setting that blocks site data may have switched it off.';
  }
  if (!scope.navigator?.locks) return `Web Locks (navigator.locks) are missing. ${oldBrowser}`;
  if (typeof scope.Worker !== 'function') return `Web Workers are missing. ${oldBrowser}`;
  if (!canDeflate(scope)) return `CompressionStream('deflate-raw') is missing. ${oldBrowser}`;
  return undefined;
}

/** Browsers that know CompressionStream but not this format throw in the constructor. */
function canDeflate(scope: typeof globalThis): boolean {
  try {
    return Boolean(new scope.CompressionStream('deflate-raw'));
  } catch {
    return false;
  }
}
