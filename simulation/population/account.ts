/** A month of one account: its devices are opened, written on and closed as its use says; the engine in them is the real one. */
import { deflateRawSync } from 'node:zlib';
import configJson from '../../src/lib/config.json';
import { readConfig, replicaSettings } from '../../src/runtime/core/config';
import { Lifecycle } from '../../src/runtime/core/lifecycle';
import { Browser } from '../browser';
import { AppVersion } from '../collections';
import { createDice } from '../random';
import type { Dice } from '../random';
import { Seals } from '../stand-in-vault';
import type { Tab } from '../tab';
import { createTimeline } from '../timeline';
import { HEARTBEAT } from './frame-bytes';
import { MeteredRelay } from './metered-relay';
import type { Traffic } from './metered-relay';
import { changeNote, createNotesApp, drawNote, NOTES } from './notes-app';
import { drawUse, HABITS } from './typical-use';
import type { DeviceUse, Session } from './typical-use';

export interface RelayCost extends Traffic {
  readonly storedEvents: number;
  readonly storedBytes: number;
}

export interface AccountCost {
  readonly relays: readonly RelayCost[];
  readonly documents: number;
  readonly devices: number;
  readonly sessions: number;
  readonly saves: number;
}

export interface PopulationSettings {
  readonly days: number;
  readonly relays: number;
}

/** A Monday, so that the months of all accounts begin alike. */
const BEGINNING = Date.UTC(2026, 5, 1);
const DAY_MS = 86_400_000;
const config = readConfig(configJson);
const settings = {
  ...replicaSettings(config),
  // The only tab of a browser asks no other tab; its pings would be most of the run.
  ...{ holderPingMs: DAY_MS, holderSilenceMs: 2 * DAY_MS },
};
const app = createNotesApp();

/** The same for the same seed. Rejects with what an app's write rejects with. */
export async function runAccount(seed: number, { days, relays: count }: PopulationSettings): Promise<AccountCost> {
  const dice = createDice(seed * 2 + 0x0acc);
  const use = drawUse(dice.fork(), days);
  const timeline = createTimeline(BEGINNING);
  const seals = new Seals('a', (json) => deflateRawSync(json).length);
  const relays = Array.from(
    { length: count },
    (_, index) => new MeteredRelay(`wss://relay-${index + 1}.test`, timeline, dice.fork(), seals),
  );
  const failures: unknown[] = [];
  const inBackground = (work: Promise<unknown>) => void work.catch((error: unknown) => failures.push(error));
  let saves = 0;
  let isNew = true;

  use.devices.forEach(({ sessions, kind }, index) => {
    const browser = openBrowser(`device-${index}`, dice.fork());
    const hand = dice.fork();
    for (const session of sessions)
      timeline.after(session.startMs, () => {
        inBackground(live(browser, hand, session));
        heartbeats(session.lengthMs * HABITS[kind].visible);
      });
  });
  await timeline.run(days * DAY_MS);
  if (failures.length > 0) throw failures[0];
  for (const { connections } of relays) for (const connection of [...connections]) connections.delete(connection);
  return {
    relays: relays.map(({ traffic, events, storedBytes }) => ({
      ...traffic,
      ...{ storedEvents: events.size, storedBytes },
    })),
    ...{ documents: use.documents, devices: use.devices.length, sessions: countSessions(use.devices), saves },
  };

  function openBrowser(name: string, ofBrowser: Dice): Browser {
    return new Browser({
      ...{ name, timeline, dice: ofBrowser, relays, list: relays, seals, mistypedSeals: seals, settings, app },
      version: AppVersion.Newer,
      ...{ onCommit: () => {}, onDurable: () => {}, onRead: () => {}, onStatus: () => {}, onLedgerCommit: () => {} },
    });
  }

  async function live(browser: Browser, hand: Dice, { lengthMs, savesMs }: Session): Promise<void> {
    timeline.after(lengthMs, () => browser.tabs.forEach((tab) => browser.killTab(tab)));
    const isFirst = isNew;
    isNew = false;
    const tab = await browser.openTab();
    // Heartbeats are counted, not run: they would be most of it.
    tab.replica.lifecycle(Lifecycle.Hidden);
    for (const atMs of savesMs) timeline.after(atMs, () => tab.process.isAlive && inBackground(save(tab, hand)));
    if (isFirst) await bringDocuments(tab, hand);
  }

  async function bringDocuments(tab: Tab, hand: Dice): Promise<void> {
    const ids = Array.from({ length: use.documents }, () => hand.hex(20));
    await tab.writeMany(NOTES, ids, (id) => drawNote(hand, id, timeline.now));
  }

  async function save(tab: Tab, hand: Dice): Promise<void> {
    saves += 1;
    const rows = [...(tab.browser.disk.documents.get(NOTES)?.values() ?? [])].filter(({ _deleted }) => !_deleted);
    // What was written last is changed most.
    const known = rows.at(-1 - Math.floor(rows.length * hand.next() ** 3))?.id as string | undefined;
    if (known === undefined || hand.chance(0.25)) {
      const id = hand.hex(20);
      await tab.write(NOTES, id, () => drawNote(hand, id, timeline.now));
      return;
    }
    const isRemoved = hand.chance(0.05);
    await tab.write(NOTES, known, (note) => (!note ? undefined : isRemoved ? null : changeNote(hand, note)));
  }

  /** While somebody looks, one relay in turn is asked after a silence of all. */
  function heartbeats(visibleMs: number): void {
    const each = visibleMs / config.connection.heartbeatMs / Math.min(relays.length, config.activeRelays);
    for (const { traffic } of relays.slice(0, config.activeRelays)) {
      traffic.upBytes += each * HEARTBEAT.up;
      traffic.downBytes += each * HEARTBEAT.down;
    }
  }
}

const countSessions = (devices: readonly DeviceUse[]): number =>
  devices.reduce((sum, { sessions }) => sum + sessions.length, 0);
