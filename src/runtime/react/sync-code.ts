/** The sync code of an app without users, as hooks. */
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { codeOfPage } from '../page/sync-code/code-of-page';
import { createQrCode } from '../page/sync-code/load-qr-code';
import type { QrCode } from '../page/sync-code/qr-code';
import { unknownCode } from '../page/sync-code/sync-code';
import type { SyncCode, SyncCodeState } from '../page/sync-code/sync-code';

/** What `useSyncCode` gives: what is true of the code now, and what to do with it. */
export type UseSyncCodeResult = SyncCodeState & Pick<SyncCode, 'forget' | 'join' | 'leave' | 'share'>;

/**
 * The sync code of an app without users, in any component, also outside of the provider and on a server.
 * @param syncCode `createSyncCode()` of the app, made once, for an app that shares its origin with others.
 * @example
 * const sync = useSyncCode();
 * return <SyncProvider identity={sync.identity} guest={GuestMode.Adopted}>...</SyncProvider>;
 */
export function useSyncCode(syncCode: SyncCode = codeOfPage): UseSyncCodeResult {
  const { forget, join, leave, share, subscribe } = syncCode;
  const read = () => syncCode.state;
  const state = useSyncExternalStore(subscribe, read, readOnServer);
  return useMemo(() => ({ ...state, forget, join, leave, share }), [state, forget, join, leave, share]);
}

/** A browser that takes over what a server has rendered begins with the same. */
const readOnServer = () => unknownCode;

/**
 * The QR code of a link, once it is made; null before that, without a link, and where what makes it cannot be loaded.
 * @example
 * const qrCode = useQrCode(useSyncCode().link);
 * return qrCode && <svg viewBox={qrCode.viewBox} width="200"><path d={qrCode.path} /></svg>;
 */
export function useQrCode(link: string | null): QrCode | null {
  const [made, setMade] = useState<{ readonly link: string; readonly qrCode: QrCode }>();
  useEffect(() => {
    let isCurrent = true;
    if (link !== null)
      createQrCode(link).then(
        (qrCode) => isCurrent && setMade({ link, qrCode }),
        // The link itself is shown beside it.
        () => {},
      );
    return () => {
      isCurrent = false;
    };
  }, [link]);
  return made !== undefined && made.link === link ? made.qrCode : null;
}
