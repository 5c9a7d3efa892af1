import { createCipheriv, randomBytes } from 'node:crypto';
import { KitError } from '../../preset/kit-error';
import { newSecretKey, signTemplate } from '../../runtime/core/nostr';
import { tagValue } from '../event';
import type { Chaos } from './fault';

/** What a thief of the user's keys has. */
export interface UserKeys {
  readonly secretKey?: Uint8Array;
  /** 32 bytes; without it what is sealed does not open. */
  readonly sealKey?: Uint8Array;
}

/** Somebody else's key, made anew for each proxy, and the user's if they were given. */
export function createSigners({
  secretKey,
  sealKey = randomBytes(32),
}: UserKeys): Pick<Chaos, 'makeStrangersEvent' | 'signAsUser' | 'sealAsUser'> {
  const strangersKey = newSecretKey();
  return {
    makeStrangersEvent: (template) => signTemplate(template, strangersKey),
    signAsUser(template) {
      if (!secretKey)
        throw new KitError('CHAOS_NEEDS_KEY', "This fault forges events of the user and needs the user's secret key.");
      return signTemplate(template, secretKey);
    },
    /** docs/protocol.md, section 2. */
    sealAsUser(deflated, { created_at, pubkey, tags }) {
      let paddedBytes = 512;
      while (paddedBytes < deflated.length + 4) paddedBytes *= 2;
      const padded = Buffer.alloc(paddedBytes);
      padded.writeUInt32BE(deflated.length);
      deflated.copy(padded, 4);
      const seconds = Buffer.alloc(8);
      seconds.writeBigUInt64BE(BigInt(created_at));
      const version = Buffer.of(1);
      const nonce = randomBytes(12);
      const d = tagValue({ tags }, 'd') ?? '';
      const cipher = createCipheriv('aes-256-gcm', sealKey, nonce);
      cipher.setAAD(Buffer.concat([Buffer.from('zbs/1'), version, fromHex(pubkey), fromHex(d), seconds]));
      return Buffer.concat([version, nonce, cipher.update(padded), cipher.final(), cipher.getAuthTag()]);
    },
  };
}

const fromHex = (hex: string): Buffer => Buffer.from(hex, 'hex');
