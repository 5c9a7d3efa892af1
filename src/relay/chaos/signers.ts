import { KitError } from '../../preset/kit-error';
import { newSecretKey, signTemplate } from '../../runtime/core/nostr';
import type { Chaos } from './fault';

/** Somebody else's key, made anew for each proxy, and the user's if it was given. */
export function createSigners(secretKey: Uint8Array | undefined): Pick<Chaos, 'makeStrangersEvent' | 'signAsUser'> {
  const strangersKey = newSecretKey();
  return {
    makeStrangersEvent: (template) => signTemplate(template, strangersKey),
    signAsUser(template) {
      if (!secretKey)
        throw new KitError('CHAOS_NEEDS_KEY', "This fault forges events of the user and needs the user's secret key.");
      return signTemplate(template, secretKey);
    },
  };
}
