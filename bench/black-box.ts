/** The black box against hash-wasm and native WebCrypto, and the vault against the same compression and one WebCrypto call. */
import { readFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker as NodeWorker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { chromium, type Page } from 'playwright-core';
import { Tier, type SlotPayload } from '../src/runtime/contracts/slot';
import type { Answer, Request } from './black-box/messages';
import { report, type Figure } from './report';
import { makeDocuments } from './support/documents';
import { serveFolders } from './support/static-server';

const root = join(__dirname, '..');
const iterations = 600_000;
const rounds = 7;
/** One shows little: a first derivation waits for a free core to compile on. */
const freshWorkers = 3;
/** Chromium tells pages that are not isolated the time in steps of 0.1 ms. */
const preciseClock = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const deviceId = '00112233445566778899aabbccddeeff';
const stamp = `018bcfe568000000${deviceId.slice(0, 16)}`;

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'zbs-bench-'));
  try {
    const module = await readFile(join(root, 'src/lib/worker/crypto.wasm'));
    const bundle = join(folder, 'worker.js');
    await build({
      entryPoints: [join(root, 'bench/black-box/worker.ts')],
      bundle: true,
      minify: true,
      outfile: bundle,
      logLevel: 'error',
    });
    const inNode = await askAll((request) => askNode(bundle, request), module);
    const inChromium = await inBrowser(folder, (page) => askAll((request) => askChromium(page, request), module));

    await report('black-box', {
      'black_box.over_hash_wasm': { value: inChromium.oursMs / inChromium.hashWasmMs, unit: 'x', budget: 0.15 },
      'black_box.over_hash_wasm_node': { value: inNode.oursMs / inNode.hashWasmMs, unit: 'x', budget: 0.15 },
      'black_box.over_native': { value: inChromium.oursMs / inChromium.nativeMs, unit: 'x', budget: 2.5 },
      'black_box.over_native_node': { value: inNode.oursMs / inNode.nativeMs, unit: 'x', budget: 1.8 },
      'black_box.first_over_steady': { value: inChromium.firstMs / inChromium.oursMs, unit: 'x', budget: 5 },
      'black_box.first_over_steady_node': { value: inNode.firstMs / inNode.oursMs, unit: 'x', budget: 5 },
      'black_box.derivation_ms': { value: inChromium.oursMs, unit: 'ms' },
      'black_box.derivation_ms_node': { value: inNode.oursMs, unit: 'ms' },
      'black_box.raw_bytes': { value: module.length, unit: 'B', budget: 12_000 },
      'black_box.gz_bytes': { value: gzipSync(module, { level: 9 }).length, unit: 'B', budget: 5_000 },
      ...vaultFigures(inChromium, ''),
      ...vaultFigures(inNode, '_node'),
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function vaultFigures({ vault }: Answer, suffix: string): { readonly [key: string]: Figure } {
  const { sealMs, bareSealMs, openMs, bareOpenMs, sealAndSignMs, openAndReadMs } = vault!;
  return {
    [`vault.seal_200b_over_bare${suffix}`]: { value: sealMs / bareSealMs, unit: 'x', budget: 1.5 },
    [`vault.open_32kb_over_bare${suffix}`]: { value: openMs / bareOpenMs, unit: 'x', budget: 1.5 },
    [`vault.seal_200b_us${suffix}`]: { value: 1_000 * sealMs, unit: 'us' },
    [`vault.open_32kb_us${suffix}`]: { value: 1_000 * openMs, unit: 'us' },
    [`vault.open_and_read_us${suffix}`]: { value: 1_000 * openAndReadMs, unit: 'us' },
    [`vault.seal_and_sign_us${suffix}`]: { value: 1_000 * sealAndSignMs, unit: 'us' },
  };
}

/** Each fresh worker tells its first derivation, of which the median counts; the last one is measured at length. */
async function askAll(ask: (request: Request) => Promise<Answer>, module: Uint8Array): Promise<Answer> {
  const firsts: number[] = [];
  for (let i = 1; i < freshWorkers; i++) firsts.push((await ask({ module, iterations, rounds: 0 })).firstMs);
  const answer = await ask({ module, iterations, rounds, vault: { edit: editPayload(), page: pagePayload() } });
  const sorted = [...firsts, answer.firstMs].sort((a, b) => a - b);
  return { ...answer, firstMs: sorted[Math.floor(sorted.length / 2)]! };
}

function askNode(bundle: string, request: Request): Promise<Answer> {
  // The bundle is written for a browser's worker.
  const shim = `const { parentPort } = require('node:worker_threads');
    globalThis.self = globalThis;
    globalThis.postMessage = (message) => parentPort.postMessage(message);
    parentPort.on('message', (data) => globalThis.onmessage({ data }));
    require(${JSON.stringify(bundle)});`;
  const worker = new NodeWorker(shim, { eval: true });
  return new Promise<Answer>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('message', (answer: Reply) => ('error' in answer ? reject(new Error(answer.error)) : resolve(answer)));
    worker.postMessage(request);
  }).finally(() => worker.terminate());
}

async function inBrowser<T>(folder: string, work: (page: Page) => Promise<T>): Promise<T> {
  const { ensureBrowser, browserArguments } = await import('../scripts/browser.mjs');
  const server = await serveFolders({ '/': folder }, preciseClock);
  const browser = await chromium.launch({ executablePath: ensureBrowser(), args: [...browserArguments] });
  try {
    const page = await browser.newPage();
    // Any answer will do for a page: it is the origin that matters.
    await page.goto(`http://localhost:${server.port}/worker.js`);
    return await work(page);
  } finally {
    await browser.close();
    await server.stop();
  }
}

type Reply = Answer | { readonly error: string };

async function askChromium(page: Page, { module, ...request }: Request): Promise<Answer> {
  const question: string = JSON.stringify({ request, bytes: [...module] });
  const answer = await page.evaluate<Reply, string>(ask, question);
  if ('error' in answer) throw new Error(answer.error);
  return answer;
}

/** Runs in the page. */
function ask(question: string): Promise<Reply> {
  const { request, bytes } = JSON.parse(question) as { request: Omit<Request, 'module'>; bytes: number[] };
  const worker = new Worker('/worker.js');
  return new Promise<Reply>((resolve) => {
    worker.onerror = ({ message }) => resolve({ error: message });
    worker.onmessage = ({ data }: MessageEvent<Reply>) => resolve(data);
    worker.postMessage({ ...request, module: Uint8Array.from(bytes) });
  }).finally(() => worker.terminate());
}

/** About 200 bytes of JSON: one edited field. */
function editPayload(): SlotPayload {
  const leaves = { '/theme': [stamp, 'dark'] as const };
  return { dev: deviceId, tier: Tier.Delta, idx: 3, seq: 17, e: [['preferences', 'ui', leaves, stamp]] };
}

/** As many documents as fill a page of 32 kB. */
function pagePayload(): SlotPayload {
  const entries = makeDocuments(250).map(({ id, ...fields }) => {
    const leaves = Object.fromEntries(
      Object.entries(fields).map(([name, value]) => [`/${name}`, [stamp, value] as const]),
    );
    return ['items', id, leaves, stamp] as const;
  });
  return { dev: deviceId, tier: Tier.Page, idx: 0, seq: 17, e: entries };
}

void main();
