/** Builds of small static pages, and `verify` on them in the real browser. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { buildSync } from 'esbuild';
import { chromium } from 'playwright-core';
import { ensureBrowser } from '../../../scripts/browser.mjs';
import { runVerify, type VerifyResult, type VerifyRun } from '../../../src/cli/verify';
import { createFieldDriver } from '../../../src/cli/verify/device/field-driver';
import { findAppAddress } from '../../../src/cli/verify/test-bed/app-address';
import type { PageOptions } from './page';

export const relays = ['wss://a.example', 'wss://b.example', 'wss://c.example'];

/** What is synced, as most apps have it. */
export const field = '<input data-synced>';

let bundle: string | undefined;

/** The script of a page that syncs. */
export function syncScript(): string {
  bundle ??= buildSync({
    entryPoints: [path.join(__dirname, 'page.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
  }).outputFiles[0]?.text;
  return bundle ?? '';
}

export interface Site extends Partial<PageOptions> {
  /** What stands in front of the files' names in the page: `/sub/`. */
  readonly prefix?: string;
  /** Runs instead of `sync()`. */
  readonly start?: string;
  /** Further files, or others. */
  readonly files?: Readonly<Record<string, string>>;
}

/** @returns the files of a build. */
export function siteFiles({
  prefix = '/',
  start = 'sync()',
  body = field,
  files = {},
  ...page
}: Site): Readonly<Record<string, string>> {
  return {
    'index.html': `<!doctype html><meta charset="utf-8"><title>page</title>${body}<script src="${prefix}static/js/main.js"></script>`,
    'static/js/main.js': `window.page=${JSON.stringify({ relays, ...page })};\n${syncScript()}\n${start}`,
    ...files,
  };
}

const folders: string[] = [];

export function makeFolder(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'zbs-site-'));
  folders.push(folder);
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return folder;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export function verifySite(
  site: Site,
  options: Partial<VerifyRun> & { readonly base?: string } = {},
): Promise<VerifyResult> {
  const build = makeFolder(siteFiles(site));
  return runVerify({
    build,
    address: findAppAddress({ build, base: options.base }),
    relays,
    upstreams: 'local',
    driver: createFieldDriver(3000),
    driverFile: null,
    browserDriver: chromium,
    executable: ensureBrowser(),
    salt: null,
    ...options,
    limits: { arrivalMs: 2500, ...options.limits },
  });
}
