/** Calls of known packages: auth providers, wallets, and the clients that they make. */
import type { Scope } from '@babel/traverse';
import { importOf, isBelow } from './bindings';
import { clientCalls, providerCalls, type KnownField, type ProviderCall } from './identity-sources';
import { nounOf, providerOrigin, type Origin } from './origin';

export interface KnownCalls {
  /** The session that a call gives; `written` is the callee as it stands, such as `supabase.auth.getUser`. */
  result(scope: Scope, written: string): Origin | null;
  /** The session that a call hands to a callback, and in which place. */
  callback(
    scope: Scope,
    written: string,
  ): { readonly origin: Origin; readonly place: NonNullable<ProviderCall['callback']> } | null;
  /** Firebase's `auth.currentUser`. */
  currentUser(written: string): Origin | null;
}

/** @param imports the modules that the file imports */
export function knownCalls(imports: readonly string[]): KnownCalls {
  const isLocal = (module: string) => module.startsWith('.') || module.startsWith('@/') || module.startsWith('src/');
  const uses = (packageName: string) => imports.some((module) => isBelow(module, packageName));
  // The client is often made in a file of its own.
  const mayUse = (packageName: string) => packageName === '' || uses(packageName) || imports.some(isLocal);

  function findClientCall(written: string) {
    return (
      clientCalls.find((call) => (written === call.path || written.endsWith(`.${call.path}`)) && mayUse(call.needs)) ??
      null
    );
  }

  return {
    result(scope, written) {
      const known = findProviderCall(scope, written);
      if (known !== null && known.callback === undefined) {
        const origin = providerOrigin(known.provider, `${lastWord(written)}()`, known.fields, nounOf(known.name));
        return { ...origin, access: accessOf(scope, written) };
      }
      const client = findClientCall(written);
      if (client === null || client.callback !== undefined) return null;
      return providerOrigin(client.provider, `${written}()`, client.fields, 'nostr');
    },
    callback(scope, written) {
      const known = findProviderCall(scope, written) ?? findClientCall(written);
      if (known?.callback === undefined) return null;
      return { place: known.callback, origin: providerOrigin(known.provider, `${lastWord(written)}()`, known.fields) };
    },
    currentUser(written) {
      const isUser = /(^|\.)(auth|firebaseAuth|auth\(\))\.currentUser$/.test(written);
      const isFirebase = imports.some((module) => /firebase|auth/i.test(module));
      return isUser && isFirebase ? providerOrigin('Firebase', written, firebaseUser) : null;
    },
  };
}

const firebaseUser: readonly KnownField[] =
  providerCalls.find(({ name }) => name === 'onAuthStateChanged')?.fields ?? [];

function findProviderCall(scope: Scope, written: string): ProviderCall | null {
  const [root = '', method] = written.split('.');
  const imported = importOf(scope, root);
  if (imported === null) return null;
  const name = imported.name === '*' ? method : imported.name;
  return (
    providerCalls.find(
      (call) => call.name === name && call.modules.some((module) => isBelow(imported.module, module)),
    ) ?? null
  );
}

/** The import of a hook as another file of the same folder would write it. */
export function accessOf(scope: Scope, name: string): Origin['access'] {
  const imported = importOf(scope, name);
  if (imported === null || imported.name === '*') return null;
  const { module } = imported;
  if (imported.name === 'default') return { importText: `import ${name} from '${module}';`, hook: name };
  const renamed = imported.name === name ? name : `${imported.name} as ${name}`;
  return { importText: `import { ${renamed} } from '${module}';`, hook: name };
}

function lastWord(written: string): string {
  return written.split('.').at(-1) ?? '';
}
