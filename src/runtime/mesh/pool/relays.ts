/** All relays that are known: those of the app's list, and the others that are followed at present. */
import type { SyncConfig } from '../../core/config';
import type { Clock } from '../../core/clock';
import type { SyncDocument } from '../../core/json';
import { isLoopback } from '../../core/relay-address';
import { RelayOrigin } from '../../core/status';
import type { MetDevices, RelayMemory } from '../../contracts/mesh';
import { RelayProfile } from '../relay-profile';
import type { RelayActivity } from '../relay-profile';
import { createOtherRelays } from './other-relays';

export interface RelaysOptions {
  readonly config: SyncConfig;
  readonly clock: Clock;
  readonly memory: RelayMemory;
}

export function createRelays<Activity extends RelayActivity>({ config, clock, memory }: RelaysOptions) {
  const saved = new Map<string, SyncDocument>();
  const remembering: Pick<RelayMemory, 'save'> = {
    save(url, document) {
      saved.set(url, { ...saved.get(url), ...document });
      memory.save(url, document);
    },
  };
  const createProfile = (url: string, origin: RelayOrigin) =>
    new RelayProfile<Activity>(url, origin, config, remembering, clock.now());
  const listed = config.relays.map((url) => createProfile(url, RelayOrigin.List));
  const others = createOtherRelays({
    ...{ clock, config: config.visits, listed: config.relays, former: config.formerRelays },
    isDevelopment: config.relays.some((url) => isLoopback(new URL(url).hostname)),
  });
  let followed: readonly RelayProfile<Activity>[] = [];

  function follow(): void {
    followed = others.followed().map(({ url, origin }) => {
      const known = followed.find((profile) => profile.url === url);
      if (known) return known;
      const profile = createProfile(url, origin);
      profile.recall(saved.get(url), clock.now());
      return profile;
    });
  }

  follow();
  return {
    /** In the order of the list. */
    listed: listed as readonly RelayProfile<Activity>[],
    get all(): readonly RelayProfile<Activity>[] {
      return [...listed, ...followed];
    },
    find: (url: string): RelayProfile<Activity> | undefined =>
      listed.find((profile) => profile.url === url) ?? followed.find((profile) => profile.url === url),
    /** Takes over what earlier sessions have learned. Never rejects. */
    async recall(): Promise<void> {
      try {
        for (const [url, document] of Object.entries(await memory.load())) saved.set(url, document);
      } catch {
        // What was learned of the relays is a convenience: it is learned again.
      }
      for (const profile of [...listed, ...followed]) profile.recall(saved.get(profile.url), clock.now());
    },
    /** Another device of the user says to which relays it writes. `createdAt` of its manifest, in seconds. */
    noteDevice(deviceId: string, relays: readonly string[], createdAt: number): void {
      others.noteDevice(deviceId, relays, createdAt);
      follow();
    },
    /** When a relay of this host was tried last that is known from manifests alone: wall clock, ms; -Infinity: never. */
    triedAt(hostname: string): number {
      let latest = -Infinity;
      for (const [url, { triedAt }] of saved)
        // A clock that was set back gives nobody another try.
        if (typeof triedAt === 'number' && hostnameOf(url) === hostname)
          latest = Math.max(latest, Math.min(triedAt, clock.now()));
      return latest;
    },
    get devices(): MetDevices {
      return others.devices;
    },
  };
}

const hostnameOf = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).hostname : undefined);

export type Relays<Activity extends RelayActivity> = ReturnType<typeof createRelays<Activity>>;
