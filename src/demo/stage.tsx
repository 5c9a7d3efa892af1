/** The page around the devices: each in a frame on an origin of its own, so that nothing but the relays connects them. */
import { useState } from 'react';
import { searchWith } from './relay-list';
import { framesOf } from './settings';
import type { Frame, Served } from './settings';
import { Relays } from './relays';
import './stage.css';

interface StageProps {
  readonly served: Served;
  readonly hasUser: boolean;
}

export function Stage({ served, hasUser }: StageProps) {
  const [search, setSearch] = useState(window.location.search);
  const { protocol, hostname, port, pathname } = window.location;
  const frames = framesOf({ protocol, hostname, port, pathname, search }, served.devicePorts);
  const reload = (list: readonly string[]) => {
    const next = searchWith(search, list);
    window.history.replaceState(null, '', next);
    setSearch(next);
  };
  return (
    <div className="stage">
      <header className="stage-header">
        <h1>
          <Mark />
          zero-backend-sync
        </h1>
        <p>Type on one device, and it is on the other. No backend, no login, and nobody in between can read it.</p>
        <p>
          {hasUser ? (
            <a href="?users=none">The same without a user: a link or a QR code joins the devices</a>
          ) : (
            <a href="?">The same with a user who is known on both devices</a>
          )}
        </p>
      </header>
      <main className={`devices of-${frames.length}`}>
        {frames.map((frame) => (
          <DeviceFrame key={frame.device} frame={frame} />
        ))}
        <Relays search={search} served={served} onReload={reload} />
      </main>
      {frames.length === 1 && (
        <p className="another">Open this page in another browser, or on your phone, to see the second device.</p>
      )}
    </div>
  );
}

/** The same as public/favicon.svg. */
function Mark() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#4f46e5" />
      <path
        d="M9 12.5a7.5 7.5 0 0 1 13.2-2.6M23 19.5a7.5 7.5 0 0 1-13.2 2.6"
        fill="none"
        stroke="#fff"
        strokeWidth="2.6"
        strokeLinecap="round"
      />
      <circle cx="23" cy="10.4" r="2.2" fill="#fff" />
      <circle cx="9" cy="21.6" r="2.2" fill="#fff" />
    </svg>
  );
}

function DeviceFrame({ frame: { device, title, origin, url } }: { readonly frame: Frame }) {
  return (
    <figure className="device-frame" data-device={device}>
      <figcaption>
        <strong>{title}</strong> <small>{origin}</small>
      </figcaption>
      <iframe title={title} src={url} data-testid={`frame-${device}`} />
    </figure>
  );
}
