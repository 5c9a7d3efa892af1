/** Events of the size that real ones have, and of their form, over a vault that seals nothing. */
import type { SealedEvent } from '../../src/runtime/contracts/slot';
import type { Vault } from '../../src/runtime/contracts/vault';

const NONCE_LENGTH = 24;
/** Of an envelope, beside what is padded: version, nonce and tag. */
const ENVELOPE_BYTES = 29;

export function sizedVault(vault: Vault): Pick<Vault, 'seal' | 'open' | 'verify'> {
  return {
    async seal(packed, at) {
      const event = await vault.seal(packed, at);
      const length = Math.ceil((packed.paddedBytes! + ENVELOPE_BYTES) / 3) * 4;
      return {
        ...event,
        id: event.id.padEnd(64, '0'),
        content: event.content.padEnd(length, 'A'),
        sig: event.content.padEnd(128, '0'),
      } as unknown as SealedEvent;
    },
    open: (event) => vault.open({ ...event, content: event.content.slice(0, NONCE_LENGTH) }),
    verify: (event): event is SealedEvent => event.sig.startsWith(event.content.slice(0, NONCE_LENGTH)),
  };
}
