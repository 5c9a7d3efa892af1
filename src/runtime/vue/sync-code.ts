/** The sync code of an app without users, as composables. */
import { computed, shallowRef, toValue, watch } from 'vue';
import type { ComputedRef, MaybeRefOrGetter, ShallowRef } from 'vue';
import { codeOfPage } from '../page/sync-code/code-of-page';
import { createQrCode } from '../page/sync-code/load-qr-code';
import type { QrCode } from '../page/sync-code/qr-code';
import { unknownCode } from '../page/sync-code/sync-code';
import type { SyncCode, SyncCodeState } from '../page/sync-code/sync-code';
import { isOnServer, useWatch } from './use-watch';

/** What `useSyncCode` gives: what is true of the code now, as refs, and what to do with it. */
export type UseSyncCodeResult = { readonly [Name in keyof SyncCodeState]: ComputedRef<SyncCodeState[Name]> } & Pick<
  SyncCode,
  'forget' | 'join' | 'leave' | 'share'
>;

/**
 * The sync code of an app without users, in any component, also outside of the provider and on a server.
 * @param syncCode `createSyncCode()` of the app, made once, for an app that shares its origin with others.
 * @example
 * const { identity } = useSyncCode();
 * provideSync({ identity, guest: GuestMode.Adopted });
 */
export function useSyncCode(syncCode: SyncCode = codeOfPage): UseSyncCodeResult {
  const { forget, join, leave, share, subscribe } = syncCode;
  const watched = isOnServer()
    ? { read: () => unknownCode, subscribe: () => () => {} }
    : { read: () => syncCode.state, subscribe };
  const state = useWatch(() => watched);
  return {
    identity: computed(() => state.value.identity),
    code: computed(() => state.value.code),
    link: computed(() => state.value.link),
    former: computed(() => state.value.former),
    problem: computed(() => state.value.problem),
    forget,
    join,
    leave,
    share,
  };
}

/**
 * The QR code of a link, once it is made; null before that, without a link, and where what makes it cannot be loaded.
 * @example
 * const qrCode = useQrCode(useSyncCode().link);
 * // <svg v-if="qrCode" :viewBox="qrCode.viewBox" width="200"><path :d="qrCode.path" /></svg>
 */
export function useQrCode(link: MaybeRefOrGetter<string | null>): Readonly<ShallowRef<QrCode | null>> {
  const made = shallowRef<QrCode | null>(null);
  watch(
    () => toValue(link),
    (text, _former, onCleanup) => {
      made.value = null;
      if (text === null || isOnServer()) return;
      let isCurrent = true;
      onCleanup(() => {
        isCurrent = false;
      });
      createQrCode(text).then(
        (qrCode) => {
          if (isCurrent) made.value = qrCode;
        },
        // The link itself is shown beside it.
        () => {},
      );
    },
    { immediate: true, flush: 'sync' },
  );
  return made;
}
