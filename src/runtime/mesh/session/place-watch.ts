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
  /** Connected for so long from now on, a relay that has shown too little is useless. */
  let usefulForMs = config.uselessAfterMs;
  let connectedAt: number | undefined;
  /** On this connection the first thing that was asked after its last answer was asked then. */
  let waitingSince: number | undefined;

  function watchReachability(): void {
    cancelUnreachable();
    cancelUnreachable = clock.after(config.unreachableAfterMs, () => {
      if (options.othersOpen()) options.demote(Demotion.Unreachable);
      if (!isStopped) watchReachability();
    });
  }

  /** Only the time counts in which it is connected, in however many connections: it may be between two of them at any given moment. */
  function watchUse(): void {
    pauseUse();
    if (isStopped || shown() >= Shown.OwnWriting || !options.isOpen()) return;
    connectedAt = clock.monotonic();
    cancelUseless = clock.after(usefulForMs, () => {
      const reason = whyUseless();
      waitingSince = undefined;
      if (reason !== undefined && options.othersOpen()) options.demote(reason);
      beginUse();
    });
  }

  function pauseUse(): void {
    cancelUseless();
    if (connectedAt !== undefined) usefulForMs = Math.max(0, usefulForMs - (clock.monotonic() - connectedAt));
    connectedAt = undefined;
  }

  /** That something stays unanswered shows only after a while, which is part of its time. */
  function beginUse(): void {
    pauseUse();
    const waitedMs = waitingSince === undefined ? 0 : clock.monotonic() - waitingSince;
    usefulForMs = Math.max(0, config.uselessAfterMs - waitedMs);
    watchUse();
  }

  function whyUseless(): Demotion | undefined {
    if (options.isProgressing()) return undefined;
    if (shown() === Shown.Nothing) return Demotion.Unresponsive;
    return options.isSilent() ? Demotion.Silent : undefined;
  }

  return {
    /** It is in use from now on. */
    start: watchReachability,
    /** It is connected. */
    reached(): void {
      cancelUnreachable();
      watchUse();
    },
    /** The connection is lost. */
    lost(): void {
      pauseUse();
      waitingSince = undefined;
      watchReachability();
    },
    /** What it has shown is more or less than before. */
    showed: beginUse,
    /** It is asked for something, or given something to store. */
    asked(): void {
      waitingSince ??= clock.monotonic();
    },
    /** It has answered that. What else it has not answered yet may have been asked a moment ago. */
    answered(): void {
      waitingSince = undefined;
    },
    stop(): void {
      isStopped = true;
      cancelUnreachable();
      cancelUseless();
    },
  };
}
