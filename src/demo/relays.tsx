/** What stands between the devices: relays to switch, and what they hold. */
import { useState } from 'react';
import { useDevRelays, useStoredEvents } from './dev-relays';
import type { DevRelay, StoredEvent } from './dev-relays';
import { Switch } from './switch';

export function Relays() {
  const { relays, switchRelay } = useDevRelays();
  const [chosen, setChosen] = useState(0);
  if (!relays || relays.length === 0) return null;
  return (
    <section className="relays" aria-labelledby="relays-heading" data-testid="relays">
      <h2 id="relays-heading">Nothing between them but relays</h2>
      <p className="lead">Switch them off one by one. The devices stay fast, and catch up when one is back.</p>
      <ul className="relay-list">
        {relays.map((relay) => (
          <RelayRow
            key={relay.index}
            relay={relay}
            isChosen={relay.index === chosen}
            onChoose={() => setChosen(relay.index)}
            onSwitch={(on) => void switchRelay(relay.index, on)}
          />
        ))}
      </ul>
      <StoredEvents index={chosen} />
    </section>
  );
}

interface RelayRowProps {
  readonly relay: DevRelay;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  readonly onSwitch: (on: boolean) => void;
}

function RelayRow({ relay: { index, url, on, events }, isChosen, onChoose, onSwitch }: RelayRowProps) {
  return (
    <li className={isChosen ? 'relay is-chosen' : 'relay'} data-testid={`relay-${index}`} data-on={on}>
      <button
        type="button"
        className="relay-name"
        aria-pressed={isChosen}
        onClick={onChoose}
        data-testid={`relay-${index}-show`}
      >
        <span className="dot" data-mood={on ? 'good' : 'quiet'} />
        <span>
          <strong>Relay {index + 1}</strong>
          <small>
            {new URL(url).host}, {events} {events === 1 ? 'event' : 'events'}
          </small>
        </span>
      </button>
      <Switch
        label=""
        description={`Relay ${index + 1}`}
        testId={`relay-${index}-switch`}
        isOn={on}
        onChange={onSwitch}
      />
    </li>
  );
}

const shown = 40;

function StoredEvents({ index }: { readonly index: number }) {
  const events = useStoredEvents(index);
  const bytes = events.reduce((sum, { content }) => sum + content.length, 0);
  return (
    <div className="stored">
      <h3>
        What relay {index + 1} can read <span>{events.length > 0 && describeBytes(bytes)}</span>
      </h3>
      {events.length > 0 ? (
        <ol
          className="events"
          data-testid="relay-events"
          tabIndex={0}
          aria-label={`Events that relay ${index + 1} stores`}
        >
          {events.slice(0, shown).map((event) => (
            <EventRow key={event.id} event={event} />
          ))}
        </ol>
      ) : (
        <p className="empty">Nothing yet.</p>
      )}
    </div>
  );
}

function EventRow({ event: { created_at, content } }: { readonly event: StoredEvent }) {
  const at = new Date(created_at * 1000);
  return (
    <li data-testid="relay-event">
      <time dateTime={at.toISOString()}>{at.toLocaleTimeString(undefined, { hour12: false })}</time>
      <span className="size">{describeBytes(content.length)}</span>
      <code>{content.slice(0, 160)}</code>
    </li>
  );
}

function describeBytes(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`;
}
