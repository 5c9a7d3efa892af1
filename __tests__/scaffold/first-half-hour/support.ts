/**
 * The first half hour with the kit: an app as its owner has it, `init` with its answers, then the documents' own snippets and nothing else, a production
 * build, and two browsers on relays of this machine.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { serveFolders } from '../../../bench/support/static-server';
import { startRelay } from '../../../src/relay';
import type { RunningRelay } from '../../../src/relay';
import { install, installedBase } from '../../support/cra-apps';
import type { Template } from '../../support/cra-apps';
import { linkApp } from '../../support/kept';
import { say } from '../../support/processes';
import { linesOfCode, snippetsOf } from '../../support/snippets';
import { commitAll, editJson, installedKit } from '../apps';
import { must, run, workshop } from '../workshop';
import type { Ran } from '../workshop';

export interface OwnApp {
  readonly template: Template;
  /** The owner's code, by path. */
  readonly files: Readonly<Record<string, string>>;
  /** Packages that the owner has installed, by version. */
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** An installed app in git, as its owner left it. */
export async function makeOwnApp(name: string, { template, files, dependencies = {} }: OwnApp): Promise<string> {
  const app = path.join(workshop(), 'apps', name);
  linkApp(await installedBase(template, 'npm'), app);
  for (const [file, text] of Object.entries(files)) write(app, file, text);
  if (Object.keys(dependencies).length > 0) {
    editJson(path.join(app, 'package.json'), (json) => ({
      ...json,
      dependencies: { ...(json.dependencies as object), ...dependencies },
    }));
    await install(app, 'npm');
  }
  await must(app, 'git', ['init', '--quiet']);
  await commitAll(app, 'As it was');
  return app;
}

/** `npx zero-backend-sync init` with these answers. */
export function init(app: string, ...answers: string[]): Promise<Ran> {
  const { program, tarball } = installedKit();
  say(`${path.basename(app)}: init`);
  return run(app, process.execPath, [program, 'init', '--yes', ...answers, '--kit', `file:${tarball}`]);
}

/**
 * Puts the snippets of a document into an app: a file that is there is replaced by its snippet.
 * @param folder of `src` in which they are put, beside those of another app.
 * @returns how many lines of code its owner has to write or to change for that.
 */
export function followDocument(app: string, document: string, name: string, folder = ''): number {
  const added = snippetsOf(document, name).map((snippet) => {
    const file = folder === '' ? snippet.file : snippet.file.replace('src/', `src/${folder}/`);
    const text = folder === '' ? snippet.text : snippet.text.replaceAll(`'./lib/`, `'../lib/`);
    const before = existsSync(path.join(app, file)) ? readFileSync(path.join(app, file), 'utf8') : '';
    write(app, file, text);
    return linesOfCode(addedText(before, text));
  });
  return added.reduce((sum, count) => sum + count, 0);
}

/** The lines that the one text has and the other has not, wherever they stand. */
function addedText(before: string, after: string): string {
  const known = before.split('\n').map((line) => line.trim());
  const isNew = (line: string) => {
    const at = known.indexOf(line.trim());
    if (at >= 0) known.splice(at, 1);
    return at < 0;
  };
  return after.split('\n').filter(isNew).join('\n');
}

/** Relays of this machine, in the place of those in the app's `config.json`. Before the build. */
export async function useLocalRelays(app: string): Promise<readonly RunningRelay[]> {
  const relays = await Promise.all([startRelay(), startRelay(), startRelay()]);
  editJson(path.join(app, 'src/lib/config.json'), (json) => ({ ...json, relays: relays.map(({ url }) => url) }));
  return relays;
}

/** @throws Error with the last words of a build that fails */
export async function build(app: string): Promise<void> {
  say(`${path.basename(app)}: build`);
  await must(app, 'npm', ['run', 'build'], { CI: 'true' });
}

/**
 * Serves the build to two browsers, each with a storage of its own.
 * @param kept what the first one's localStorage has from the time before the kit: it is there before the app's page is
 */
export async function onTwoBrowsers(
  browser: Browser,
  app: string,
  kept: { readonly [key: string]: unknown },
  use: (first: Page, second: Page) => Promise<void>,
): Promise<void> {
  const server = await serveFolders({ '/': path.join(app, 'build') });
  const contexts = await Promise.all([browser.newContext(), browser.newContext()]);
  try {
    const pages = await Promise.all(contexts.map((context) => context.newPage()));
    const address = `http://127.0.0.1:${server.port}/`;
    await pages[0]!.route('**/before', (route) => route.fulfill({ contentType: 'text/html', body: '' }));
    await pages[0]!.goto(`${address}before`);
    for (const [key, value] of Object.entries(kept))
      await pages[0]!.evaluate((entry) => localStorage.setItem(...entry), [key, JSON.stringify(value)] as [
        string,
        string,
      ]);
    for (const page of pages) {
      page.setDefaultTimeout(60_000);
      await page.goto(address);
    }
    await use(pages[0]!, pages[1]!);
  } finally {
    await Promise.all(contexts.map((context) => context.close()));
    await server.stop();
  }
}

function write(app: string, file: string, text: string): void {
  mkdirSync(path.dirname(path.join(app, file)), { recursive: true });
  writeFileSync(path.join(app, file), text);
}
