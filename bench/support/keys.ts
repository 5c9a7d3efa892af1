/** The secret keys of an identity in the bench app, whose salt is the published one of the demo: for faults that forge as the user. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deriveKeys } from '../../src/runtime/crypto/derive-keys';
import type { BlackBox } from '../../src/runtime/crypto/derive-keys';
import { normaliseIdentity, passwordOf } from '../../src/runtime/crypto/identity';
import { root } from './build-app';

export async function keysOf(
  identity: string,
): Promise<{ readonly secretKey: Uint8Array; readonly sealKey: Uint8Array }> {
  const { appId, iterations } = JSON.parse(await readFile(join(root, 'src/lib/config.json'), 'utf8'));
  const module = await readFile(join(root, 'src/lib/worker/crypto.wasm'));
  const box = (await WebAssembly.instantiate(module)).instance.exports as unknown as BlackBox;
  const password = passwordOf(normaliseIdentity([identity]), undefined);
  const { signKey, sealKey } = await deriveKeys(box, { password, appId, iterations });
  return { secretKey: signKey, sealKey };
}
