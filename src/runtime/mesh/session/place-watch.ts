/**
 * Whether a relay deserves its place among those in use. One that cannot be reached gives it up until it can be. One that does not answer, or shows nothing while
 * others do, loses it for some time, but only while another relay is connected: otherwise it may be this device's network.
 */
import type { Clock, Random } from '../../core/clock';
import type { DemotionConfig } from '../../core/config';
import { Shown } from '../read-proof';
import { Demotion } from '../pool/demotion';

export interface PlaceWatchOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly config: DemotionConfig;
  readonly isOpen: () => boolean;
  /** What the relay has shown on its present connection. */
  readonly shown: () => Shown;
  /** It has shown nothing, while another one has. */
  readonly isSilent: () => boolean;
  /** A complete read is under way and brings something. */
  readonly isProgressing: () => boolean;
  readonly othersOpen: () => boolean;
  /** It could not be reached for some time. */
  readonly unreachable: () => void;
  readonly demote: (reason: Demotion) => void;
}

export type PlaceWatch = ReturnType<typeof createPlaceWatch>;

/** All clients of a relay miss it from the same moment on, and are not to come to the next one in the same moment. Part of the time. */
const UNREACHABLE_SPREAD = 0.2;

/** One that was connected and owed an answer for so long, and then was gone, is not only unreachable. Part of the time in which it has to be of use. */
const UNRESPONSIVE_SHARE = 1 / 3;

export function createPlaceWatch(options: PlaceWatchOptions) {
  const { clock, random, config, shown } = options;
  let isStopped = true;
  let cancelUnreachable = () => {};
  let cancelUseless = () => {};
  /** Connected for so long from now on, a relay that has shown too little is useless. */
  let usefulForMs = config.uselessAfterMs;
  let connectedAt: number | undefined;
  /** On this connection the first thing that was asked after its last answer was asked then. */
  let waitingSince: number | undefined;
  /** For so long it was connected and owed an answer, since its last one. */
  let silentMs = 0;

  function watchReachability(): void {
    cancelUnreachable();
    const waitMs = config.unreachableAfterMs * (1 + random() * UNREACHABLE_SPREAD);
    cancelUnreachable = clock.after(waitMs, () => {
      if (silentMs >= config.uselessAfterMs * UNRESPONSIVE_SHARE && options.othersOpen())
        options.demote(Demotion.Unresponsive);
      else options.unreachable();
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
    start(): void {
      isStopped = false;
      watchReachability();
    },
    /** It is connected. */
    reached(): void {
      cancelUnreachable();
      watchUse();
    },
    /** The connection is lost. */
    lost(): void {
      pauseUse();
      if (waitingSince !== undefined) silentMs += clock.monotonic() - waitingSince;
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
      silentMs = 0;
    },
    stop(): void {
      isStopped = true;
      waitingSince = undefined;
      cancelUnreachable();
      pauseUse();
    },
  };
}
