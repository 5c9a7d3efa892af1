/** The demo without users: the code of this device, and the field in which another device's is typed. */
import { useState } from 'react';
import { createSyncCode } from 'zero-backend-sync/page';
import { useQrCode, useSyncCode } from 'zero-backend-sync/react';
import config from '../lib/config.json';

/** The link has what the address says of relays, too. */
const syncCode = createSyncCode({
  appId: config.appId,
  appUrl: window.location.pathname + window.location.search,
});

/** The identity of this device, and the calls of the code. */
export const useDemoCode = () => useSyncCode(syncCode);

export function Share() {
  const sync = useDemoCode();
  const qrCode = useQrCode(sync.link);
  const [typed, setTyped] = useState('');
  return (
    <section className="share" aria-label="Other devices" data-testid="share">
      {sync.link === null ? (
        <button type="button" className="primary" onClick={sync.share} data-testid="share-button">
          Use on another device
        </button>
      ) : (
        <>
          {qrCode && (
            <svg viewBox={qrCode.viewBox} role="img" aria-label="The link as a QR code" data-testid="share-qr">
              <path d={qrCode.path} />
            </svg>
          )}
          <p>
            Scan it, open <a href={sync.link}>this link</a>, or type there:{' '}
            <code data-testid="share-code">{sync.code}</code>{' '}
            <button type="button" className="link" onClick={sync.leave} data-testid="share-leave">
              Leave
            </button>
          </p>
        </>
      )}
      <form
        className="composer"
        onSubmit={(event) => {
          event.preventDefault();
          sync.join(typed).then(
            () => setTyped(''),
            () => {},
          );
        }}
      >
        <input
          value={typed}
          onChange={({ target }) => setTyped(target.value)}
          placeholder="Code or link of another device"
          aria-label="Code or link of another device"
          autoComplete="off"
          data-testid="share-input"
        />
        <button type="submit" className="primary" disabled={!typed.trim()} data-testid="share-join">
          Join
        </button>
      </form>
      {sync.problem && (
        <p className="refusal" role="alert">
          {sync.problem.message}
        </p>
      )}
    </section>
  );
}
