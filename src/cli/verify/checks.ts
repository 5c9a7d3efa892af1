/** The eight things that have to hold of a built app, each with the figures that show it. */
import { saltAbsent, wasm } from './build-checks';
import type { VerifyCheck } from './check';
import { blocked, frames, propagation, restored } from './device-checks';
import { sealed, wire } from './traffic-checks';

/** In the order in which they are reported. */
export const verifyChecks: readonly VerifyCheck[] = [
  propagation,
  restored,
  wire,
  saltAbsent,
  sealed,
  wasm,
  blocked,
  frames,
];
/** Those that look at traffic come after those that cause it. */
export const runningOrder: readonly VerifyCheck[] = [
  propagation,
  frames,
  blocked,
  restored,
  wire,
  sealed,
  saltAbsent,
  wasm,
];
