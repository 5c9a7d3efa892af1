/** What a driver of an app is, and how its module is loaded. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { KitError } from '../../../preset/kit-error';
import { plainText, reasonOf } from '../plain-text';
import { within } from '../time-limit';

/** What a driver module exports (CommonJS or ES module, functions or a default export with them). */
export interface Driver {
  /** Brings a page to where it can write: signs in where nobody is signed in yet, opens a view. Called after every load. */
  open?(page: Page): Promise<void> | void;
  /** Changes something that is synced, so that `read` gives `text`. */
  write(page: Page, text: string): Promise<void> | void;
  /** What is there now; `null` where nothing is. */
  read(page: Page): Promise<string | null> | string | null;
}

const loadingMs = 10_000;

/** @throws KitError DRIVER_INVALID */
export async function loadDriver(file: string, timeoutMs = loadingMs): Promise<Driver> {
  const absolute = path.resolve(file);
  if (!fs.statSync(absolute, { throwIfNoEntry: false })?.isFile()) throw invalid('there is no such file');
  const loaded = await within(importModule(absolute), timeoutMs, () =>
    invalid(`it is not loaded after ${timeoutMs / 1000} s; something at its top level never ends`),
  ).catch((error: unknown) => {
    throw error instanceof KitError ? error : invalid(`it cannot be loaded (${loadingError(error)})`);
  });
  const driver = [loaded.default, loaded].find((part) => isObject(part) && 'write' in part) ?? loaded;
  const { open, write, read } = driver as Readonly<Record<keyof Driver, unknown>>;
  if (typeof write !== 'function' || typeof read !== 'function')
    throw invalid('it has to export the functions write(page, text) and read(page)');
  if (open !== undefined && typeof open !== 'function') throw invalid('open has to be a function');
  return driver as Driver;

  function invalid(problem: string): KitError {
    return new KitError(
      'DRIVER_INVALID',
      `The driver ${file} cannot be used: ${problem}. Correct it, or --driver. The kit's docs/cli.md shows an example.`,
    );
  }
}

async function importModule(absolute: string): Promise<Readonly<Record<string, unknown>>> {
  // A path with a drive letter would be taken for an address.
  const address = process.platform === 'win32' ? pathToFileURL(absolute).href : absolute;
  const loaded = (await import(address)) as unknown;
  return isObject(loaded) ? loaded : {};
}

/** With the line for what does not parse, and the way out for the two things that Node.js says in its own terms only. */
function loadingError(error: unknown): string {
  const reason = reasonOf(error);
  const [, place] = /^(?:file:\/\/)?\S*?([^\\/\s]+:\d+)\n/.exec((error instanceof Error && error.stack) || '') ?? [];
  const where = error instanceof SyntaxError && place !== undefined ? `, ${plainText(place)}` : '';
  if (/Unknown file extension/.test(reason)) return `${reason}. Write it in JavaScript: .js, .cjs or .mjs`;
  if (/(module|exports|require) is not defined in ES module/.test(reason))
    return `${reason.split(/[.,;]/)[0]}. The app's package.json says "type": "module"; name the driver .cjs`;
  return reason + where;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
