/** How `verify` writes into an app and reads from it: as a person does, or as the app's own driver says. */
import * as path from 'node:path';
import type { Page } from 'playwright-core';
import { KitError } from '../../preset/kit-error';

/** What a driver module exports (CommonJS or ES module, functions or a default export with them). */
export interface Driver {
  /** Brings a fresh page to where it can write: signs in, opens a view. Called after every load. */
  open?(page: Page): Promise<void>;
  /** Changes something that is synced, so that `read` gives `text`. */
  write(page: Page, text: string): Promise<void>;
  /** What is there now. */
  read(page: Page): Promise<string | null>;
}

/** The first visible text field: what is typed there is written, and wherever the text shows up it is read. */
export const fieldDriver: Driver = {
  async open(page) {
    await page.locator(fields).first().waitFor({ state: 'visible', timeout: 30_000 });
  },
  write: (page, text) => page.locator(fields).first().fill(text),
  read: (page) => page.locator(fields).first().inputValue(),
};

const fields = 'input:not([type]):visible, input[type=text]:visible, input[type=search]:visible, textarea:visible';

/** @throws KitError DRIVER_INVALID */
export async function loadDriver(file: string): Promise<Driver> {
  const absolute = path.resolve(file);
  let module: Partial<Driver> & { default?: Partial<Driver> };
  try {
    module = (await import(absolute)) as typeof module;
  } catch (error) {
    throw invalid(`it cannot be loaded (${error instanceof Error ? error.message : String(error)})`);
  }
  const driver = module.default?.write ? module.default : module;
  if (typeof driver.write === 'function' && typeof driver.read === 'function') return driver as Driver;
  throw invalid('it has to export the functions write(page, text) and read(page)');

  function invalid(problem: string): KitError {
    return new KitError(
      'DRIVER_INVALID',
      `The driver ${file} cannot be used: ${problem}. The kit's docs/cli.md shows an example.`,
    );
  }
}

/** Resolves with the time (ms since the epoch) at which the page showed the text; `null` where it did not within `timeoutMs`. */
export async function waitForText(page: Page, driver: Driver, text: string, timeoutMs: number): Promise<number | null> {
  const end = Date.now() + timeoutMs;
  while (Date.now() < end) {
    if ((await driver.read(page)) === text) return Date.now();
    await page.evaluate(() => new Promise((frame) => requestAnimationFrame(frame)));
  }
  return null;
}
