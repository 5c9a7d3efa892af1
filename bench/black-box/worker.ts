/** Runs in a fresh worker, of Node or of Chromium, and measures ours beside the others in turns, so that a busy machine is busy for all. */
import { pbkdf2 as hashWasmPbkdf2, createSHA256 } from 'hash-wasm';
import { fromBase64, fromHex, toBase64, toUtf8 } from '../../src/runtime/core/bytes';
import { deflate, inflate } from '../../src/runtime/crypto/deflate';
import { deriveKeys, type BlackBox } from '../../src/runtime/crypto/derive-keys';
import { openEnvelope, paddedBytesOf, sealEnvelope } from '../../src/runtime/crypto/envelope';
import type { SlotPayload } from '../../src/runtime/contracts/slot';
import { createVault } from '../../src/runtime/crypto/vault';
import type { Answer, Request, VaultAnswer } from './messages';

const password = toUtf8('["bench@example.org","8d8ac610-566d-4ef0-9c22-186b2a5ed793"]');
const messagesInARound = 20;
const sealRounds = 200;
const openRounds = 50;

self.onmessage = async ({ data }: MessageEvent<Request>) => {
  try {
    self.postMessage(await measure(data));
  } catch (error) {
    self.postMessage({ error: String((error as Error).stack) });
  }
};

async function measure({ module, iterations, rounds, vault }: Request): Promise<Answer> {
  const loadBlackBox = async (): Promise<BlackBox> => {
    const { instance } = await WebAssembly.instantiate(module as BufferSource, {});
    return instance.exports as unknown as BlackBox;
  };
  const box = await loadBlackBox();
  const ours = (): Promise<unknown> => deriveKeys(box, { password, appId: newSalt(), iterations });
  const firstMs = await time(ours);
  const [besideHashWasmMs, hashWasmMs] = await leastOf(rounds, [ours, () => hashWasm(iterations)]);
  // More often, because on a busy machine the shorter of two is the more likely to run undisturbed.
  const [besideNativeMs, nativeMs] = await leastOf(3 * rounds, [ours, () => native(iterations)]);
  return {
    firstMs,
    oursMs: Math.min(besideHashWasmMs!, besideNativeMs!),
    hashWasmMs: hashWasmMs!,
    nativeMs: nativeMs!,
    ...(vault && { vault: await measureVault(loadBlackBox, vault.edit, vault.page) }),
  };
}

function hashWasm(iterations: number): Promise<unknown> {
  return hashWasmPbkdf2({
    password,
    salt: newSalt(),
    iterations,
    hashLength: 32,
    hashFunction: createSHA256(),
    outputType: 'binary',
  });
}

async function native(iterations: number): Promise<unknown> {
  const key = await crypto.subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
  return crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: toUtf8(newSalt()), iterations }, key, 256);
}

/** Firefox remembers derivations, so no round repeats one. */
function newSalt(): string {
  return `bench/${crypto.randomUUID()}`;
}

async function measureVault(
  loadBlackBox: () => Promise<BlackBox>,
  edit: SlotPayload,
  page: SlotPayload,
): Promise<VaultAnswer> {
  const vault = await createVault({
    identity: ['bench'],
    config: { appId: 'bench/0', iterations: 100_000 },
    loadBlackBox,
  });
  const createdAt = 1_700_000_000;
  const pubkey = fromHex(vault.pubkey);
  const seal = async (payload: SlotPayload) =>
    vault.seal(await vault.pack(payload), { createdAt, nonce: vault.newNonce() });

  const sealKey = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const editBytes = toUtf8(JSON.stringify(edit));
  const editPadded = new Uint8Array(paddedBytesOf((await deflate(editBytes)).length)!);
  const pageDeflated = await deflate(toUtf8(JSON.stringify(page)));
  const pagePadded = new Uint8Array(paddedBytesOf(pageDeflated.length)!);
  pagePadded.set(pageDeflated);
  const pageSealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, sealKey, pagePadded);
  const place = {
    pubkey,
    d: await vault.addressOf({ deviceId: page.dev, tier: page.tier, index: page.idx }),
    createdAt,
  };
  const pageContent = toBase64(await sealEnvelope(sealKey, pageDeflated, iv, place));
  const pageEvent = JSON.parse(JSON.stringify(await seal(page)));

  const [sealMs, bareSealMs] = await leastOf(sealRounds, [
    repeated(async () => {
      const { payload, deflated } = await vault.pack(edit);
      const d = await vault.addressOf({ deviceId: payload.dev, tier: payload.tier, index: payload.idx });
      toBase64(await sealEnvelope(sealKey, deflated, fromHex(vault.newNonce()), { pubkey, d, createdAt }));
    }),
    repeated(async () => {
      await deflate(editBytes);
      await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, sealKey, editPadded);
    }),
  ]);
  const [openMs, bareOpenMs] = await leastOf(openRounds, [
    repeated(async () => {
      const envelope = fromBase64(pageContent)!;
      await inflate((await openEnvelope(sealKey, envelope, place))!, 1_048_576);
    }),
    repeated(async () => {
      const padded = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, sealKey, pageSealed);
      await inflate(new Uint8Array(padded, 0, pageDeflated.length), 1_048_576);
    }),
  ]);
  const [sealAndSignMs, openAndReadMs] = await leastOf(5, [
    repeated(() => seal(edit)),
    repeated(async () => {
      if (typeof (await vault.open(pageEvent)) === 'string') throw new Error('The page does not open.');
    }),
  ]);
  const each = (roundMs: number | undefined): number => roundMs! / messagesInARound;
  return {
    sealMs: each(sealMs),
    bareSealMs: each(bareSealMs),
    openMs: each(openMs),
    bareOpenMs: each(bareOpenMs),
    sealAndSignMs: each(sealAndSignMs),
    openAndReadMs: each(openAndReadMs),
  };
}

function repeated(work: () => Promise<unknown>): () => Promise<void> {
  return async () => {
    for (let i = 0; i < messagesInARound; i++) await work();
  };
}

/** The least time of each, measured in turns. */
async function leastOf(rounds: number, works: readonly (() => Promise<unknown>)[]): Promise<readonly number[]> {
  const least = works.map(() => Infinity);
  for (let round = 0; round < rounds; round++) {
    for (const [i, work] of works.entries()) least[i] = Math.min(least[i]!, await time(work));
  }
  return least;
}

async function time(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
