/** Calls a driver: each call within its time, its failures in words, and counted. */
import * as path from 'node:path';
import { KitError } from '../../../preset/kit-error';
import { VerifyCode, verifyError } from '../failure';
import { reasonOf } from '../plain-text';
import { pause, within, type TimeLimits } from '../time-limit';
import type { Device } from './device';
import type { Driver } from './driver';

export interface CallCounts {
  readonly opens: number;
  readonly writes: number;
  readonly reads: number;
}

/** All of them reject with KitError DRIVER_FAILED, DRIVER_TIMED_OUT, PAGE_LEFT, PAGE_CRASHED or PAGE_CLOSED, or with one that the driver throws. */
export interface DriverCalls {
  readonly counts: CallCounts;
  open(device: Device): Promise<void>;
  write(device: Device, text: string): Promise<void>;
  /** `null` also while the page loads anew. */
  read(device: Device): Promise<string | null>;
  /** Reads until the page shows the text. Resolves with the time in ms since the epoch; `null` where it did not within `timeoutMs`. */
  waitForText(device: Device, text: string, timeoutMs: number): Promise<number | null>;
}

/** @param file where the driver stands; `null` for the one of this program. */
export function createDriverCalls(
  driver: Driver,
  file: string | null,
  limits: Pick<TimeLimits, 'openMs' | 'callMs'>,
): DriverCalls {
  const counts = { opens: 0, writes: 0, reads: 0 };
  const calls: DriverCalls = {
    counts,
    async open(device) {
      counts.opens++;
      await call('open(page)', device, limits.openMs, () => driver.open?.(device.page));
    },
    async write(device, text) {
      counts.writes++;
      await call('write(page, text)', device, limits.callMs, () => driver.write(device.page, text));
    },
    async read(device) {
      counts.reads++;
      const value: unknown = await call('read(page)', device, limits.callMs, () =>
        Promise.resolve(driver.read(device.page)).catch((error: unknown) => {
          if (isReload(error)) return null;
          throw error;
        }),
      );
      if (value === undefined || value === null || typeof value === 'string') return value ?? null;
      throw failed('read(page)', `it has to give a text or null, and gave a value of type ${typeof value}`);
    },
    async waitForText(device, text, timeoutMs) {
      const end = Date.now() + timeoutMs;
      while (Date.now() < end) {
        if ((await calls.read(device)) === text) return Date.now();
        const fault = device.fault();
        if (fault !== null) throw fault;
        // As often as the page can show something new.
        await nextFrame(device, limits.callMs);
      }
      return null;
    },
  };
  return calls;

  async function call<T>(name: string, device: Device, timeoutMs: number, run: () => Promise<T> | T): Promise<T> {
    const late = () =>
      verifyError(
        VerifyCode.DriverTimedOut,
        `${name}${file === null ? ' of the built-in driver' : ` of ${path.basename(file)}`} did not finish within ${timeoutMs / 1000} s. ${
          file === null
            ? 'The page may be busy all the time; open the build by hand and look.'
            : 'It waits for what never comes: look at what it awaits, with the page open by hand.'
        }`,
      );
    try {
      const running = Promise.resolve().then(() => run());
      return await within(Promise.race([running, device.lost]), timeoutMs, late);
    } catch (error) {
      const found = device.fault();
      if (found !== null) throw found;
      const told = error instanceof KitError ? error : failed(name, reasonOf(error), error);
      throw new KitError(told.code, told.message + device.said());
    }
  }

  function failed(name: string, reason: string, error?: unknown): KitError {
    const where = file === null ? null : placeIn(file, error);
    return verifyError(
      VerifyCode.DriverFailed,
      `${name}${file === null ? ' of the built-in driver' : ` of ${path.basename(file)}`} failed: ${reason}${where === null ? '' : ` (${where})`}. ${
        file === null
          ? 'Give verify a driver that knows this app (--driver; docs/cli.md shows one).'
          : 'Correct the driver; docs/cli.md shows one.'
      }`,
    );
  }
}

async function nextFrame({ page, fault }: Device, timeoutMs: number): Promise<void> {
  const frame = page.evaluate(() => new Promise((shown) => requestAnimationFrame(shown)));
  const late = () =>
    verifyError(
      VerifyCode.PageHangs,
      `The page has shown no frame for ${timeoutMs / 1000} s: its script runs without a pause. Open the build by hand and look.`,
    );
  await within(frame, timeoutMs, late).catch(async (error: unknown) => {
    if (error instanceof KitError) throw error;
    const found = fault();
    if (found !== null) throw found;
    // It loads anew.
    await pause(50);
  });
}

/** The page was loaded again while something in it was looked at. */
export function isReload(error: unknown): boolean {
  return (
    error instanceof Error && /context was destroyed|because of a navigation|frame was detached/i.test(error.message)
  );
}

/** `verify.driver.js:12`, the innermost line of the driver that the error came through. */
function placeIn(file: string, error: unknown): string | null {
  const name = path.basename(file);
  const stack = (error instanceof Error && error.stack) || '';
  const at = stack.split('\n').find((line) => /^\s+at /.test(line) && line.includes(name));
  const [, line] = at === undefined ? [] : (/:(\d+):\d+\)?\s*$/.exec(at) ?? []);
  return line === undefined ? null : `${name}:${line}`;
}
