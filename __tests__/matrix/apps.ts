/** Real apps: made by create-react-app, with the kit as its packed tarball brings it. Each suite has its own. */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { fingerprintOf } from '../../src/preset/salt';
import { tsconfigOfCra } from '../support/tsconfig-of-cra';
import { launchBrowser } from './browser';
import { installedApp, linkTree, packKit, readJson, workshop, writeJson } from './installs';
import type { Template } from './installs';
import { killAll, run } from './processes';

export type { Template } from './installs';

const fixture = join(__dirname, 'app');
/** 32 bytes that are known to everybody and that nothing but these apps uses. */
export const salt = createHash('sha256').update('salt of the matrix').digest();

export interface Suite {
  readonly app: string;
  readonly browser: Browser;
}

/** An app and a browser for the tests of the `describe` that calls this, and the end of everything that they started. */
export function useApp(template: Template, prepare?: (app: string) => Promise<void>): Suite {
  let app: string | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await launchBrowser();
    app = await makeApp(template);
    await prepare?.(app);
  }, 900_000);
  afterAll(async () => {
    await killAll();
    await browser?.close();
    if (app !== undefined) rmSync(app, { recursive: true });
  }, 60_000);
  return {
    get app() {
      return app!;
    },
    get browser() {
      return browser!;
    },
  };
}

/** An app with the kit installed, on disk and ready to be built. Its maker removes it. */
export async function makeApp(template: Template): Promise<string> {
  const installed = await installedApp(template);
  const app = mkdtempSync(join(workshop, `${template}-`));
  for (const name of readdirSync(installed)) {
    if (name === 'node_modules') linkTree(join(installed, name), join(app, name));
    else cpSync(join(installed, name), join(app, name), { recursive: true });
  }
  await unpackKit(app);
  addTemplate(app);
  return app;
}

/** What npm would do if the version had changed: the packages that the kit needs are there already. */
async function unpackKit(app: string): Promise<void> {
  const folder = mkdtempSync(join(workshop, 'tarball-'));
  const tarball = await packKit(folder);
  const kit = join(app, 'node_modules/zero-backend-sync');
  for (const name of readdirSync(kit)) {
    if (name !== 'node_modules') rmSync(join(kit, name), { recursive: true });
  }
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', kit], app);
  rmSync(folder, { recursive: true });
}

/** The kit's template as `src/lib`, its salt, and the probe. */
function addTemplate(app: string): void {
  cpSync(join(app, 'node_modules/zero-backend-sync/src/lib'), join(app, 'src/lib'), { recursive: true });
  cpSync(fixture, join(app, 'src'), { recursive: true });
  if (!existsSync(join(app, 'tsconfig.json'))) writeJson(join(app, 'tsconfig.json'), tsconfigOfCra);
  writeFileSync(
    join(app, 'src/react-app-env.d.ts'),
    '/// <reference types="react-scripts" />\n/// <reference types="zero-backend-sync/types" />\n',
  );
  edit(sourceOf(app, 'index'), (source) => `import './probe';\n${source}`);
  writeFileSync(join(app, '.env.local'), `SYNC_SALT=${salt.toString('base64')}\n`);
  const configFile = join(app, 'src/lib/config.json');
  writeJson(configFile, {
    ...readJson(configFile),
    appId: 'matrix/0123456789abcdef',
    salts: [{ id: '1', env: 'SYNC_SALT', fingerprint: fingerprintOf(salt) }],
    // The least that is allowed: the matrix waits for a derivation in every cell.
    iterations: 100_000,
  });
}

/** A module of create-react-app's template, in the language of the app. */
export function sourceOf(app: string, name: 'index' | 'App'): string {
  const typed = join(app, 'src', `${name}.tsx`);
  return existsSync(typed) ? typed : join(app, 'src', `${name}.js`);
}

/** `options` are JavaScript text, so that a test can give what JSON cannot. */
export function configure(app: string, options: string, homepage?: string): void {
  writeFileSync(
    join(app, 'craco.config.js'),
    `module.exports = { plugins: [{ plugin: require('zero-backend-sync/craco'), options: ${options} }] };\n`,
  );
  const manifest = readJson(join(app, 'package.json'));
  writeJson(join(app, 'package.json'), { ...manifest, homepage });
}

export function edit(file: string, change: (source: string) => string): void {
  writeFileSync(file, change(readFileSync(file, 'utf8')));
}
