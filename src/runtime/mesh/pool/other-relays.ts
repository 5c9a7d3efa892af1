/**
 * Relays beside those of the app's list: of the lists of earlier releases, and those that the user's other devices say they write to. What a manifest says is
 * checked and bounded, because whoever has the keys of one device may write anything there.
 */
import type { VisitsConfig } from '../../core/config';
import type { Clock } from '../../core/clock';
import { RelayOrigin } from '../../core/status';
import { isFollowable } from '../../core/relay-address';
import type { MetDevices } from '../../contracts/mesh';

export interface OtherRelaysOptions {
  readonly clock: Clock;
  readonly config: VisitsConfig;
  /** The app's list. */
  readonly listed: readonly string[];
  readonly former: readonly string[];
  /** Relays on this machine are followed, too. */
  readonly isDevelopment: boolean;
}

export interface OtherRelay {
  readonly url: string;
  readonly origin: RelayOrigin.Former | RelayOrigin.Device;
}

interface KnownDevice {
  /** When its newest manifest was written, seconds. */
  readonly writtenAt: number;
  readonly relays: readonly string[];
}

/** Devices whose manifests are remembered. */
const MOST_DEVICES = 256;

export type OtherRelays = ReturnType<typeof createOtherRelays>;

export function createOtherRelays({ clock, config, listed, former, isDevelopment }: OtherRelaysOptions) {
  const devices = new Map<string, KnownDevice>();
  const known = new Set([...listed, ...former]);

  /** The device that wrote last comes first. */
  function recentDevices(): readonly KnownDevice[] {
    const isRecent = ({ writtenAt }: KnownDevice) => Math.abs(clock.now() - writtenAt * 1000) <= config.heardWithinMs;
    return [...devices.values()].filter(isRecent).sort((a, b) => b.writtenAt - a.writtenAt);
  }

  function namedBy({ relays }: KnownDevice): readonly string[] {
    const unknown = relays.filter((url) => !known.has(url) && isFollowable(url, isDevelopment));
    return [...new Set(unknown)].slice(0, config.mostPerManifest);
  }

  const isApart = ({ relays }: KnownDevice) => relays.length > 0 && !relays.some((url) => known.has(url));

  return {
    /** @param createdAt of the manifest, in seconds. */
    noteDevice(deviceId: string, relays: readonly string[], createdAt: number): void {
      const before = devices.get(deviceId);
      if (before && before.writtenAt > createdAt) return;
      devices.delete(deviceId);
      devices.set(deviceId, { writtenAt: createdAt, relays });
      const [oldest] = devices.keys();
      if (devices.size > MOST_DEVICES) devices.delete(oldest!);
    },
    /** Those to follow at present, at most `mostRelays`: former ones first, then what the newest manifests name. */
    followed(): readonly OtherRelay[] {
      const named = new Set(recentDevices().flatMap(namedBy));
      const relays: readonly OtherRelay[] = [
        ...former.map((url) => ({ url, origin: RelayOrigin.Former as const })),
        ...[...named].map((url) => ({ url, origin: RelayOrigin.Device as const })),
      ];
      return relays.slice(0, config.mostRelays);
    },
    get devices(): MetDevices {
      const recent = recentDevices();
      return { met: recent.length, apart: recent.filter(isApart).length };
    },
  };
}
