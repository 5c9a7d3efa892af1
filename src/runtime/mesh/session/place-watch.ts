/**
 * Whether a relay deserves its place among those in use. One that cannot be reached, does not answer, or shows nothing while others do, gives it up to the
 * next. All that only while another relay is connected: otherwise it may be this device's network.
 */
import type { Clock } from '../../core/clock';
import type { DemotionConfig } from '../../core/config';
import { Shown } from '../read-proof';
import { Demotion } from '../relay-profile';

export interface PlaceWatchOptions {
  readonly clock: Clock;
  readonly config: DemotionConfig;
  readonly isOpen: () => boolean;
  /** What the relay has shown on its present connection. */
  readonly shown: () => Shown;
  /** It has shown nothing, while another one has. */
  readonly isSilent: () => boolean;
  /** A complete read is under way and brings something. */
  readonly isProgressing: () => boolean;
  readonly othersOpen: () => boolean;
  readonly demote: (reason: Demotion) => void;
}

export type PlaceWatch = ReturnType<typeof createPlaceWatch>;

export function createPlaceWatch(options: PlaceWatchOptions) {
  const { clock, config, shown } = options;
  let isStopped = false;
  let cancelUnreachable = () => {};
  let cancelUseless = () => {};

  function watchReachability(): void {
    cancelUnreachable();
    cancelUnreachable = clock.after(config.unreachableAfterMs, () => {
      if (options.othersOpen()) options.demote(Demotion.Unreachable);
      if (!isStopped) watchReachability();
    });
  }

  function watchUse(): void {
    cancelUseless();
    if (shown() >= Shown.OwnWriting) return;
    cancelUseless = clock.after(config.uselessAfterMs, () => {
      const reason = whyUseless();
      if (reason !== undefined && options.othersOpen()) options.demote(reason);
      if (!isStopped) watchUse();
    });
  }

  function whyUseless(): Demotion | undefined {
    if (!options.isOpen() || options.isProgressing()) return undefined;
    if (shown() === Shown.Nothing) return Demotion.Unresponsive;
    return options.isSilent() ? Demotion.Silent : undefined;
  }

  return {
    /** It is in use from now on. */
    start(): void {
      watchReachability();
      watchUse();
    },
    /** It is connected. */
    reached: () => cancelUnreachable(),
    /** The connection is lost. */
    lost: watchReachability,
    /** What it has shown is more or less than before. */
    showed: watchUse,
    stop(): void {
      isStopped = true;
      cancelUnreachable();
      cancelUseless();
    },
  };
}
