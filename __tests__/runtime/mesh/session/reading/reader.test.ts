import defaults from '../../../../../src/runtime/core/defaults.json';
import { Holdings } from '../../../../../src/runtime/mesh/session/holdings';
import { ReadExtent } from '../../../../../src/runtime/mesh/session/reading/reading-order';
import { RelayReader } from '../../../../../src/runtime/mesh/session/reading/reader';
import { OwnedClock } from '../../../../support/owned-clock';

/** Of a relay that answers every question by nothing. */
function readNothing() {
  const clock = new OwnedClock();
  const state = { isSilent: false };
  const renewals: number[] = [];
  const began = clock.now();
  const nothing = () => {};
  const reader = new RelayReader({
    ...{ clock, config: defaults.reading, random: () => 0.5, holdings: new Holdings(), ownAddresses: new Set() },
    ...{ manifests: new Map(), newestAt: () => undefined, knownById: () => undefined },
    ask: (_filter: unknown, done: (answer: object) => void) =>
      void clock.after(10, () => done({ found: new Map(), admitted: [], askedAt: 0, finish: true, events: 0 })),
    listIds: (done: (ids: undefined) => void) => done(undefined),
    requestTurn: (begin: (extent: ReadExtent) => void) => begin(ReadExtent.Full),
    ...{ endTurn: nothing, isAtRest: () => true, mayHold: () => true, settled: nothing, seen: nothing },
    ...{ mayWriteMore: nothing, readyChanged: nothing, showed: nothing, progressed: nothing, readEnded: nothing },
    ...{ pageLimit: () => 100, isSilent: () => state.isSilent, holdsLess: () => renewals.push(clock.now() - began) },
  } as never);
  return { clock, reader, state, renewals };
}

it('begins the session anew of a relay that shows nothing while others do, as often as manifests are read', async () => {
  const { clock, reader, state, renewals } = readNothing();
  reader.opened();
  await clock.advance(2 * defaults.reading.manifestIntervalMs);
  expect(reader.everRead).toBe(true);
  expect(renewals).toEqual([]);
  state.isSilent = true;
  await clock.advance(3 * defaults.reading.manifestIntervalMs);
  expect(renewals).toHaveLength(3);
  reader.closed();
  await clock.advance(3 * defaults.reading.manifestIntervalMs);
  expect(renewals).toHaveLength(3);
});
