import { KitError } from '../../preset/kit-error';
import type { Chaos, EventTemplate } from './fault';

/** Somebody else's key, made anew for each proxy, and the user's if it was given. */
export async function loadSigners(
  secretKey: Uint8Array | undefined,
): Promise<Pick<Chaos, 'makeStrangersEvent' | 'signAsUser'>> {
  const { finalizeEvent, generateSecretKey } = await import('nostr-tools/pure');
  const strangersKey = generateSecretKey();
  const sign = ({ kind, created_at, tags, content }: EventTemplate, key: Uint8Array) => {
    const event = finalizeEvent({ kind, created_at, tags: tags.map((tag) => [...tag]), content }, key);
    return { id: event.id, pubkey: event.pubkey, created_at, kind, tags, content, sig: event.sig };
  };
  return {
    makeStrangersEvent: (template) => sign(template, strangersKey),
    signAsUser(template) {
      if (!secretKey)
        throw new KitError('CHAOS_NEEDS_KEY', "This fault forges events of the user and needs the user's secret key.");
      return sign(template, secretKey);
    },
  };
}
