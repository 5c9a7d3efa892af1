/**
 * Engines shared by all providers with the same options, closed when the last of them has been gone for a moment: React's StrictMode mounts
 * everything twice, and a provider that moves in the tree, or is reloaded while it is developed, is unmounted before it is mounted again.
 */

/** What a lease needs of an engine. */
export interface Closable {
  close(): Promise<void>;
}

interface Lease<Engine> {
  users: number;
  readonly engine: Promise<Engine>;
}

/** A provider's share in an engine. */
export interface EngineLease<Engine> {
  readonly engine: Promise<Engine>;
  /** Must be called once, when the provider goes or its options change. */
  end(): void;
}

/**
 * By identity: resolves when the engines that nobody uses any more have closed, so that their database may be opened again. Of the page: hot reload makes
 * new hooks, whose engines follow those of the former ones.
 */
const departures = new Map<string, Promise<void>>();

/** Leases of one kind of engine. */
export function createEngineLeases<Engine extends Closable>() {
  const leases = new Map<string, Lease<Engine>>();

  async function closeIfUnused(key: string, lease: Lease<Engine>): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (lease.users > 0 || leases.get(key) !== lease) return;
    leases.delete(key);
    await lease.engine.then((engine) => engine.close()).catch(() => {});
  }

  /** @param open is called if no provider has an engine under this key. */
  return (key: string, identityKey: string, open: () => Promise<Engine>): EngineLease<Engine> => {
    const departed = departures.get(identityKey) ?? Promise.resolve();
    const lease = leases.get(key) ?? { users: 0, engine: departed.then(open) };
    leases.set(key, lease);
    lease.users += 1;
    return {
      engine: lease.engine,
      end: () => {
        lease.users -= 1;
        const departing = departures.get(identityKey) ?? Promise.resolve();
        departures.set(
          identityKey,
          departing.then(() => closeIfUnused(key, lease)),
        );
      },
    };
  };
}
