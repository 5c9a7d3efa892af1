/** What a device publishes, seen by somebody who has its keys: at one relay, each event once, opened. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunningRelay } from '../../src/relay';
import type { BlackBox } from '../../src/runtime/crypto/derive-keys';
import type { NostrEvent } from '../../src/runtime/contracts/slot';
import type { OpenedSlot, Vault } from '../../src/runtime/contracts/vault';
import { createVault } from '../../src/runtime/crypto/vault';
import { root } from './build-app';

export interface Published extends OpenedSlot {
  /** Of the EVENT frame. */
  readonly bytes: number;
}

/** The keys of an identity in the bench app, whose salt is the published one of the demo. */
export async function vaultOf(identity: readonly string[]): Promise<Vault> {
  const config = JSON.parse(await readFile(join(root, 'src/lib/config.json'), 'utf8'));
  const module = await readFile(join(root, 'src/lib/worker/crypto.wasm'));
  return createVault({
    identity,
    config,
    loadBlackBox: async () => (await WebAssembly.instantiate(module)).instance.exports as unknown as BlackBox,
  });
}

/** Collects what arrives at a relay from now on; `published` resolves with it in the order of arrival. */
export function tapWire(relay: RunningRelay, vault: Vault) {
  const frames: string[] = [];
  const end = relay.onFrame(({ direction, text }) => {
    if (direction === 'in' && text.startsWith('["EVENT"')) frames.push(text);
  });
  return {
    async published(): Promise<readonly Published[]> {
      end();
      const eventsById = new Map<string, Published>();
      for (const text of frames) {
        const event = JSON.parse(text)[1] as NostrEvent;
        eventsById.set(event.id, { ...(await open(vault, event)), bytes: Buffer.byteLength(text) });
      }
      return [...eventsById.values()];
    },
  };
}

export async function open(vault: Vault, event: NostrEvent): Promise<OpenedSlot> {
  const opened = await vault.open(event);
  if (typeof opened === 'string') throw new Error(`The relay holds an event that its owner cannot open: ${opened}.`);
  return opened;
}
