/**
 * Playwright, which drives the browser for `verify`. No other command needs it, so it is no dependency of the kit: it is taken from the app, or from
 * a cache in the app's node_modules into which this module installs it when it is allowed to.
 */
import * as fs from 'node:fs';
import { createRequire } from 'node:module';
import * as path from 'node:path';
import type { BrowserType } from 'playwright-core';
import { KitError } from '../../../preset/kit-error';
import { resolvePackage } from '../../discover/installed-packages';
import type { ProjectFiles } from '../../discover/project-files';
import type { RunProgram } from '../../process';
import { Cancelled, type Terminal } from '../../terminal';
import { plainText } from '../plain-text';

export type BrowserDriver = Pick<BrowserType, 'launchPersistentContext'>;

export interface BrowserDriverRequest {
  readonly root: string;
  readonly files: ProjectFiles;
  readonly terminal: Terminal;
  readonly run: RunProgram;
  /** Installs without a question. */
  readonly assumeYes: boolean;
  /** The version that the kit was tested with. */
  readonly version: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws KitError BROWSER_DRIVER_MISSING */
export async function findBrowserDriver(request: BrowserDriverRequest): Promise<BrowserDriver> {
  const cache = path.join(request.root, cacheFolder);
  const present = loadFrom(request, cacheFolder);
  if (present !== null) return present;
  await askToInstall(request);
  await install(request, cache);
  const installed = loadFrom(request, cacheFolder);
  if (installed !== null) return installed;
  throw missing(`npm reported success, but playwright-core is not in ${cache}.`);
}

/** Where build tools keep what they can make again; git never sees it. */
const cacheFolder = 'node_modules/.cache/zero-backend-sync/browser-driver';
/** Each offers the same API. */
const names = ['playwright-core', 'playwright', '@playwright/test'] as const;

/** Of a folder or of those above it, so that the cache finds what the app has. */
function loadFrom({ root, files }: BrowserDriverRequest, folder: string): BrowserDriver | null {
  const [found] = names.flatMap((name) => resolvePackage(files, name, folder) ?? []);
  if (found === undefined) return null;
  const requireFromApp = createRequire(path.join(root, 'package.json'));
  return (requireFromApp(path.join(root, found.place)) as { readonly chromium: BrowserDriver }).chromium;
}

async function askToInstall({ terminal, assumeYes }: BrowserDriverRequest): Promise<void> {
  if (assumeYes) return;
  const isAllowed =
    terminal.prompter !== null &&
    (await terminal.prompter.confirm(
      `verify drives your browser with playwright-core, which this app does not have. Install it into ${cacheFolder} (14 MB, package.json stays as it is)?`,
      true,
    ));
  if (!isAllowed) throw missing('verify drives your browser with playwright-core, which this app does not have.');
}

async function install({ run, signal, version, terminal }: BrowserDriverRequest, cache: string): Promise<void> {
  fs.mkdirSync(cache, { recursive: true });
  fs.writeFileSync(path.join(cache, 'package.json'), '{ "private": true }\n');
  const progress = terminal.progress('install playwright-core');
  const { status, output } = await run(
    'npm',
    ['install', '--no-audit', '--no-fund', `playwright-core@${version ?? 'latest'}`],
    signal ? { cwd: cache, signal } : { cwd: cache },
  );
  if (status === 0) {
    progress.done();
    return;
  }
  progress.done('failed');
  if (signal?.aborted) throw new Cancelled();
  throw missing(
    `playwright-core could not be installed into ${cache}: ${plainText(output.trim().split('\n').at(-1) ?? '')}.`,
  );
}

function missing(problem: string): KitError {
  return new KitError(
    'BROWSER_DRIVER_MISSING',
    `${problem} Install it in the app (npm install --save-dev playwright-core), or let verify install it: npx zero-backend-sync verify --yes.`,
  );
}
