/** Real apps: Create React App's templates with the kit as its packed tarball brings it. Each suite has its own. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { fingerprintOf } from '../../src/preset/salt';
import { packKit } from '../support/cra-apps';
import { linkApp, temporaryFolder } from '../support/kept';
import { killAll, run } from '../support/processes';
import { copyForm } from '../template/forms';
import { launchBrowser } from './browser';
import { installedApp, readJson, writeJson } from './installs';
import type { Template } from './installs';

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
  const app = temporaryFolder(`${template}-`);
  linkApp(installed, app);
  await unpackKit(app);
  addTemplate(app);
  return app;
}

/** What npm would do if the version had changed: the packages that the kit needs are there already. */
async function unpackKit(app: string): Promise<void> {
  const folder = temporaryFolder('tarball-');
  const tarball = await packKit(folder);
  const kit = join(app, 'node_modules/zero-backend-sync');
  for (const name of readdirSync(kit)) {
    if (name !== 'node_modules') rmSync(join(kit, name), { recursive: true });
  }
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', kit], app);
  rmSync(folder, { recursive: true });
}

/** The kit's template as `src/lib`, its salt, and the probe, all in the app's language. */
function addTemplate(app: string): void {
  const form = isTyped(app) ? 'typescript' : 'javascript';
  copyForm(join(app, 'node_modules/zero-backend-sync/dist/template'), form, 'react', join(app, 'src/lib'));
  for (const name of readdirSync(fixture)) {
    const source = readFileSync(join(fixture, name), 'utf8');
    if (isTyped(app) || name.endsWith('.asm.ts')) writeFileSync(join(app, 'src', name), source);
    else writeFileSync(join(app, 'src', name.replace(/\.ts$/, '.js')), toJavaScript(source));
  }
  edit(moduleOf(app, 'src/index'), (source) => `import './probe';\n${source}`);
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

/** Without its types; an address of another module that it names ends as that file does. */
function toJavaScript(source: string): string {
  const compilerOptions = { target: ScriptTarget.ESNext, module: ModuleKind.ESNext };
  return transpileModule(source, { compilerOptions }).outputText.replace(/(?<=new URL\('\.[^']*\.)ts(?=')/g, 'js');
}

function isTyped(app: string): boolean {
  return existsSync(join(app, 'tsconfig.json'));
}

/** The file of a module, in the language of the app. @param name without its extension, such as `src/App` */
export function moduleOf(app: string, name: string): string {
  const extension = ['tsx', 'ts', 'js'].find((one) => existsSync(join(app, `${name}.${one}`)));
  if (extension === undefined) throw new Error(`The app has no module ${name}.`);
  return join(app, `${name}.${extension}`);
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
