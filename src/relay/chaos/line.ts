/**
 * One direction of a connection: frames leave in the order in which they came, each when the faults let it.
 */
import type { Clock } from '../../runtime/core/clock';
import type { Frame } from './fault';

export interface Line {
  push(frame: Frame): void;
}

export function createLine(
  clock: Clock,
  releaseAtMs: (frame: Frame, times: { readonly nowMs: number; readonly previousMs: number }) => number,
  deliver: (frame: Frame) => void,
): Line {
  const waiting: Frame[] = [];
  let previousMs = 0;
  return {
    push(frame) {
      const nowMs = clock.now();
      previousMs = Math.max(previousMs, releaseAtMs(frame, { nowMs, previousMs }));
      if (previousMs <= nowMs && waiting.length === 0) return deliver(frame);
      waiting.push(frame);
      // Timers of one millisecond may fire in any order: whichever fires takes the frame whose turn it is.
      clock.after(previousMs - nowMs, () => {
        const next = waiting.shift();
        if (next) deliver(next);
      });
    },
  };
}
