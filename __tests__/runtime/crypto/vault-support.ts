/** A vault with the keys of the vectors, without the time a derivation takes. */
import type { BlackBox } from '../../../src/runtime/crypto/derive-keys';
import type { NostrEvent } from '../../../src/runtime/contracts/slot';
import type { Vault } from '../../../src/runtime/contracts/vault';
import { createVault, type VaultOptions } from '../../../src/runtime/crypto/vault';
import vectors from '../../vectors/envelopes.json';

export const keys = {
  sign: Buffer.from(vectors.signKey, 'hex'),
  seal: Buffer.from(vectors.sealKey, 'hex'),
  name: Buffer.from(vectors.nameKey, 'hex'),
};

/** Behaves as crypto.wasm does, but knows its keys beforehand and makes one step of any number of iterations. */
export function fakeBlackBox(known: { readonly [info: string]: Buffer } = keys): BlackBox {
  const input = Buffer.alloc(16_384);
  let output = Buffer.alloc(32);
  return {
    put: (index, word) => void input.writeInt32LE(word, 4 * index),
    begin: () => 1,
    step: () => 0,
    expand: (infoBytes) => {
      const info = input.toString('utf8', 0, infoBytes).replace('zbs/1/', '');
      output = Buffer.from(known[info]!);
      return 1;
    },
    take: (index) => output.readInt32LE(4 * index),
    wipe: () => void input.fill(0),
  };
}

export function openVault(options: Partial<VaultOptions> = {}): Promise<Vault> {
  return createVault({
    identity: ['user-1'],
    config: { appId: 'vectors/0123456789abcdef', iterations: 100_000, kind: 30_078 },
    loadBlackBox: async () => fakeBlackBox(),
    ...options,
  });
}

/** As it comes from a relay: another object, from JSON. */
export function onTheWire(event: NostrEvent): NostrEvent {
  return JSON.parse(JSON.stringify(event)) as NostrEvent;
}
