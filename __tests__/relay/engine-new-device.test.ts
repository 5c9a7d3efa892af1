/** What a new device downloads from real relays until everything is read (docs/protocol.md, section 5). */
import { ReadCompleteness } from '../../src/runtime/core/status';
import { startRelay } from '../../src/relay';
import type { RunningRelay } from '../../src/relay';
import { config, Device, makeNotes } from '../support/engine-on-relays';
import { eventually } from './support';

jest.setTimeout(120_000);

const notes = makeNotes('note', 300, 3_000);

let relays: RunningRelay[] = [];
const devices: Device[] = [];
afterEach(async () => {
  await Promise.all(devices.splice(0).map((device) => device.stop()));
  await Promise.all(relays.map((relay) => relay.stop()));
});

/** A busy machine is no relay that stalls, and is not at rest when a device has read. */
const reading = { ...config.reading, firstReadStallMs: 60_000, firstReadMaxMs: 600_000, comparisonDelayMs: 600_000 };

async function open(): Promise<Device> {
  const device = await Device.open({
    identity: ['new-device', 'somebody'],
    relays: relays.map(({ url }) => url),
    changes: { config: { ...config, reading } },
  });
  devices.push(device);
  return device;
}

test('from three relays that know NIP-77 little more than one copy comes, right after another device has stored it', async () => {
  relays = await Promise.all([1, 2, 3].map(() => startRelay({ mode: 'strfry' })));
  const other = await open();
  await other.write(notes);
  await other.untilStored();
  const stored = () => relays.map((relay) => relay.events().length);
  await eventually(() => new Set(stored()).size === 1, 'each relay to hold everything');
  const copy = relays[0]!.events().reduce((bytes, event) => bytes + JSON.stringify(event).length, 0);

  let bytesDown = 0;
  for (const relay of relays)
    relay.onFrame(({ direction, text }) => (bytesDown += direction === 'out' ? text.length : 0));
  const device = await open();
  await device.engine.synced();
  const copies = bytesDown / copy;
  expect(device.engine.status.completeness).toBe(ReadCompleteness.Complete);
  await device.untilShows(notes);
  expect(copies).toBeLessThan(1.6);
});
