/** What stands between the devices: relays to switch, add, kill and take off the list, and what they hold. */
import { useState } from 'react';
import { useDevRelays, useStoredEvents } from './dev-relays';
import type { DevRelay, StoredEvent } from './dev-relays';
import { FEWEST_RELAYS } from 'zero-backend-sync/core';
import { useRelayList } from './relay-list';
import type { Served } from './settings';
import { Switch } from './switch';
import './relays.css';

interface RelaysProps {
  readonly search: string;
  readonly served: Served;
  /** Opens the devices anew, with another list. */
  readonly onReload: (list: readonly string[]) => void;
}

export function Relays({ search, served, onReload }: RelaysProps) {
  const { relays = [], switchRelay, addRelay, killRelay } = useDevRelays();
  const list = useRelayList(search, served, relays);
  const [chosenIndex, setChosen] = useState(0);
  const chosen = relays[chosenIndex];
  if (!chosen) return null;

  const add = async () => {
    const added = await addRelay();
    if (!added) return;
    list.toggle(added.url, true);
    setChosen(added.index);
  };
  return (
    <section className="relays" aria-labelledby="relays-heading" data-testid="relays">
      <h2 id="relays-heading">Nothing between them but relays</h2>
      <p className="lead">
        Switch them off, kill one, add another. The devices stay fast, and catch up when one is back.
      </p>
      <ul className="relay-list">
        {relays.map((relay) => (
          <RelayRow
            key={relay.index}
            relay={relay}
            isListed={list.used.includes(relay.url)}
            isChosen={relay.index === chosenIndex}
            onChoose={() => setChosen(relay.index)}
            onSwitch={(on) => void switchRelay(relay.index, on)}
          />
        ))}
      </ul>
      <div className="relay-actions" role="group" aria-label={`Relay ${chosenIndex + 1}, and the list`}>
        <ListButton relay={chosen} next={list.next} onToggle={list.toggle} />
        <button
          type="button"
          className="action is-grave"
          disabled={chosen.killed}
          onClick={() => void killRelay(chosenIndex)}
          data-testid="relay-kill"
        >
          Kill relay {chosenIndex + 1}
        </button>
        <button type="button" className="action" onClick={() => void add()} data-testid="relay-add">
          Add a relay
        </button>
      </div>
      {list.isChanged && (
        <div className="list-changed" role="status" data-testid="list-changed">
          <p>The devices keep their list as long as they are open. The new one has {list.next.length} relays.</p>
          <button type="button" className="action" onClick={() => onReload(list.next)} data-testid="devices-reload">
            Reload the devices
          </button>
        </div>
      )}
      <StoredEvents index={chosenIndex} />
    </section>
  );
}

interface ListButtonProps {
  readonly relay: DevRelay;
  readonly next: readonly string[];
  readonly onToggle: (url: string, isListed: boolean) => void;
}

function ListButton({ relay: { index, url }, next, onToggle }: ListButtonProps) {
  const isListed = next.includes(url);
  const isNeeded = isListed && next.length <= FEWEST_RELAYS;
  return (
    <button
      type="button"
      className="action"
      disabled={isNeeded}
      title={isNeeded ? `No list has fewer than ${FEWEST_RELAYS} relays. Add one first.` : undefined}
      onClick={() => onToggle(url, !isListed)}
      data-testid="relay-listed"
    >
      {isListed ? `Take relay ${index + 1} off the list` : `Put relay ${index + 1} on the list`}
    </button>
  );
}

interface RelayRowProps {
  readonly relay: DevRelay;
  readonly isListed: boolean;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
  readonly onSwitch: (on: boolean) => void;
}

function RelayRow({
  relay: { index, url, on, events, killed },
  isListed,
  isChosen,
  onChoose,
  onSwitch,
}: RelayRowProps) {
  return (
    <li
      className={isChosen ? 'relay is-chosen' : 'relay'}
      data-testid={`relay-${index}`}
      data-on={on}
      data-killed={killed ?? false}
      data-listed={isListed}
    >
      <button
        type="button"
        className="relay-name"
        aria-pressed={isChosen}
        onClick={onChoose}
        data-testid={`relay-${index}-show`}
      >
        <span className="dot" data-mood={killed ? 'bad' : on ? 'good' : 'quiet'} />
        <span>
          <strong>Relay {index + 1}</strong>
          <small>
            {new URL(url).host}, {killed ? 'dead' : describeEvents(events)}
            {!isListed && ', not on the devices’ list'}
          </small>
        </span>
      </button>
      {!killed && (
        <Switch
          label=""
          description={`Relay ${index + 1}`}
          testId={`relay-${index}-switch`}
          isOn={on}
          onChange={onSwitch}
        />
      )}
    </li>
  );
}

const describeEvents = (events: number): string => `${events} ${events === 1 ? 'event' : 'events'}`;

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
