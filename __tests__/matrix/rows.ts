/** One cell of the matrix: how the preset is configured, and how the app is served. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { serveFolders } from '../../bench/support/static-server';
import { startRelay } from '../../src/relay';
import { say } from '../support/processes';
import { configure } from './apps';
import type { Suite } from './apps';
import { askProbe, openApp } from './browser';
import type { OpenedApp, ProbeAnswers } from './browser';
import { craco, startDevServer } from './craco';
import type { Row } from './options';

export interface Outcome {
  readonly answers: ProbeAnswers;
  readonly problems: readonly string[];
}

/** What docs/hosting.md tells a host to send. */
export const contentSecurityPolicy =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' wss: ws:";

/** `craco start` with its own relays. */
export async function runInDevelopment({ app, browser }: Suite, row: Row): Promise<Outcome> {
  configureRow(app, row);
  const server = await startDevServer(app);
  try {
    await server.compiles();
    // A relative homepage is the root of the development server.
    const path = row.homepage === '/sub' ? '/sub/' : '/';
    return await lookAt(browser, `${server.url}${path}`, outcomeOf);
  } finally {
    await server.stop();
  }
}

/** `craco build`, served at its public path as a host would, with relays that the page is told of. */
export async function runBuilt(suite: Suite, row: Row): Promise<Outcome> {
  configureRow(suite.app, row);
  const { status, output } = await craco(suite.app, 'build');
  if (status !== 0) throw new Error(`craco build ended with ${status}:\n${output}`);
  const [sizes] = /zero-backend-sync, after gzip.*The salt stands in none of the files\./.exec(output) ?? [];
  if (sizes === undefined) throw new Error(`craco build reported no sizes:\n${output}`);
  say(sizes);
  const path = { '/': '/', '/sub': '/sub/', '.': '/any/depth/' }[row.homepage];
  const headers = { 'Content-Security-Policy': contentSecurityPolicy };
  const relays = await Promise.all([startRelay(), startRelay(), startRelay()]);
  try {
    const query = relays.map(({ url }) => `relay=${encodeURIComponent(url)}`).join('&');
    return await lookAtBuild(suite, outcomeOf, { path, query, headers });
  } finally {
    for (const relay of relays) await relay.stop();
  }
}

function configureRow(app: string, { wasm, worker, homepage }: Row): void {
  configure(app, JSON.stringify({ wasm, worker }), homepage);
}

interface Serving {
  readonly path?: string;
  readonly query?: string;
  readonly headers?: { readonly [name: string]: string };
}

/** Serves the build and opens it for as long as something is looked at. */
export async function lookAtBuild<Found>(
  { app, browser }: Suite,
  look: (opened: OpenedApp) => Promise<Found>,
  { path = '/', query = '', headers = {} }: Serving = {},
): Promise<Found> {
  const server = await serveFolders({ [path]: join(app, 'build') }, headers);
  try {
    return await lookAt(browser, `http://127.0.0.1:${server.port}${path}?${query}`, look);
  } finally {
    await server.stop();
  }
}

async function lookAt<Found>(
  browser: Browser,
  url: string,
  look: (opened: OpenedApp) => Promise<Found>,
): Promise<Found> {
  const opened = await openApp(browser, url);
  try {
    return await look(opened);
  } finally {
    await opened.close();
  }
}

async function outcomeOf({ page, problems }: OpenedApp): Promise<Outcome> {
  return { answers: await askProbe(page), problems };
}

/** Files of a build that hold a text, relative to it. */
export function filesWith(folder: string, text: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const file = join(folder, name);
    return statSync(file).isFile() && readFileSync(file).includes(text);
  });
}
