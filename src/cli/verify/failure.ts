/** Why a check failed, or why the run ended before the checks: names that stay, for scripts. docs/cli.md says what to do about each. */
import { KitError } from '../../preset/kit-error';

export enum VerifyCode {
  // Before the checks.
  BrowserFailed = 'BROWSER_FAILED',
  PortUnavailable = 'PORT_UNAVAILABLE',
  AppNotOpened = 'APP_NOT_OPENED',
  BuildIncomplete = 'BUILD_INCOMPLETE',
  NoTextField = 'NO_TEXT_FIELD',
  // At any time.
  DriverFailed = 'DRIVER_FAILED',
  DriverTimedOut = 'DRIVER_TIMED_OUT',
  PageLeft = 'PAGE_LEFT',
  PageCrashed = 'PAGE_CRASHED',
  PageClosed = 'PAGE_CLOSED',
  PageHangs = 'PAGE_HANGS',
  TimedOut = 'TIMED_OUT',
  CheckBroken = 'CHECK_BROKEN',
  // Nothing arrives.
  LocalOnly = 'LOCAL_ONLY',
  NothingSent = 'NOTHING_SENT',
  RelaysRefused = 'RELAYS_REFUSED',
  DifferentUsers = 'DIFFERENT_USERS',
  WriteNotShown = 'WRITE_NOT_SHOWN',
  NotArrived = 'NOT_ARRIVED',
  NothingSynced = 'NOTHING_SYNCED',
  // What a check is about.
  TooSlow = 'TOO_SLOW',
  NotRestored = 'NOT_RESTORED',
  PlaintextOnWire = 'PLAINTEXT_ON_WIRE',
  StrangeFrame = 'STRANGE_FRAME',
  EventNotSealed = 'EVENT_NOT_SEALED',
  SaltUnknown = 'SALT_UNKNOWN',
  SaltInBundle = 'SALT_IN_BUNDLE',
  WasmType = 'WASM_TYPE',
  RelayNeeded = 'RELAY_NEEDED',
  FramesDropped = 'FRAMES_DROPPED',
}

/** What ends the run, or a check. */
export function verifyError(code: VerifyCode, message: string): KitError {
  return new KitError(code, message);
}
