/** What the relays in use take together: events so large, and so often, that enough of them for durability have them. */
import type { PublishingConfig } from '../../core/config';
import { durableRelayCount } from '../../core/durability';
import type { RelayProfile } from '../relay-profile';

/** Largest event in bytes of JSON that as many as make a write durable are thought to accept. */
export function largestEventBytes(
  inUse: readonly RelayProfile[],
  { listed, now, publishing }: { readonly listed: number; readonly now: number; readonly publishing: PublishingConfig },
): number {
  const durableOn = durableRelayCount(listed);
  const useful = inUse.filter((profile) => profile.demotion(now) === undefined && !profile.isDown);
  const takers = useful.length >= durableOn ? useful : inUse;
  const sizes = takers.map(({ limits }) => limits.maxEventBytes).sort((a, b) => b - a);
  return sizes[Math.min(durableOn, sizes.length) - 1] ?? publishing.maxEventBytes;
}

/** ms between writes. Nobody need wait for relays beyond those that make a write durable. */
export function publishIntervalMs(ready: readonly RelayProfile[], { perSecond }: PublishingConfig): number {
  const rates = ready.map(({ rateLimiter }) => rateLimiter.perSecond).sort((a, b) => b - a);
  return 1000 / (rates[durableRelayCount(rates.length) - 1] ?? perSecond);
}
