/** One cell of the matrix: how the preset is configured, and how the app is served. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { serveFolders } from '../../bench/support/static-server';
import { startRelay } from '../../src/relay';
import { configure, say } from './apps';
import { askProbe, openApp } from './browser';
import type { ProbeAnswers } from './browser';
import { craco, startDevServer } from './craco';

export interface Row {
  readonly wasm: 'wasm-loader' | 'asset';
  readonly worker: 'native' | 'workerize';
}

export const rows: readonly Row[] = [
  { wasm: 'wasm-loader', worker: 'native' },
  { wasm: 'wasm-loader', worker: 'workerize' },
  { wasm: 'asset', worker: 'native' },
  { wasm: 'asset', worker: 'workerize' },
];

export interface Outcome {
  readonly answers: ProbeAnswers;
  readonly problems: readonly string[];
}

/** What docs/hosting.md tells a host to send. */
export const contentSecurityPolicy =
  "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' wss: ws:";

/** `craco start` with its own relays. */
export async function runInDevelopment(app: string, row: Row, browser: Browser): Promise<Outcome> {
  configure(app, JSON.stringify(row));
  const server = await startDevServer(app);
  try {
    await server.compiles();
    return await look(browser, server.url);
  } finally {
    await server.stop();
  }
}

/** `craco build` at a public path, served as a host would, with relays that the page is told of. */
export async function runBuilt(app: string, row: Row, homepage: string, browser: Browser): Promise<Outcome> {
  configure(app, JSON.stringify(row), homepage);
  const { status, output } = await craco(app, 'build');
  if (status !== 0) throw new Error(`craco build ended with ${status}:\n${output}`);
  say(/zero-backend-sync, after gzip.*/.exec(output)?.[0] ?? 'no size report');
  const path = homepage === '.' ? '/any/depth/' : homepage === '/' ? '/' : `${homepage}/`;
  const server = await serveFolders(
    { [path]: join(app, 'build') },
    { 'Content-Security-Policy': contentSecurityPolicy },
  );
  const relays = await Promise.all([startRelay(), startRelay(), startRelay()]);
  try {
    const query = relays.map(({ url }) => `relay=${encodeURIComponent(url)}`).join('&');
    return await look(browser, `http://127.0.0.1:${server.port}${path}?${query}`);
  } finally {
    await server.stop();
    for (const relay of relays) await relay.stop();
  }
}

async function look(browser: Browser, url: string): Promise<Outcome> {
  const opened = await openApp(browser, url);
  try {
    return { answers: await askProbe(opened.page), problems: opened.problems };
  } finally {
    await opened.close();
  }
}

/** Files of a build that hold a text, relative to it. */
export function filesWith(folder: string, text: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const file = join(folder, name);
    return statSync(file).isFile() && readFileSync(file).includes(text);
  });
}
