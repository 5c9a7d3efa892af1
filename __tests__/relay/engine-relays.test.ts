/** Two devices of a user on relays of many kinds, whatever their clocks say, and at whatever moment one of them is started again. */
import { createRelayPark, expectSync, situationsOn, situationTitle } from '../support/relay-situations';
import type { KindsOfRelays } from '../support/relay-situations';

jest.setTimeout(120_000);

const greeting = 'Welcome! This relay is free, no payment required.';
const small = { limits: { maxEventBytes: 24_000 }, stated: { maxEventBytes: 65_536 } };
const kinds: KindsOfRelays = {
  open: [{ mode: 'strfry' }, { mode: 'nostr-rs-relay' }, { mode: 'khatru' }],
  'open, one of them silent': [{ mode: 'strfry' }, { mode: 'strfry', silent: true }, { mode: 'strfry' }],
  'one with a size limit that it does not state': [
    { mode: 'strfry', ...small },
    { mode: 'khatru' },
    { mode: 'strfry' },
  ],
  'all with size limits that they do not state': [
    { mode: 'strfry', ...small },
    { mode: 'nostream', ...small },
    { mode: 'khatru', ...small },
  ],
  'greeting with a NOTICE': [
    { mode: 'strfry', greeting },
    { mode: 'nostream', greeting },
    { mode: 'nostr-rs-relay', greeting },
  ],
};

const park = createRelayPark(kinds);
afterAll(() => park.stop());

test.each(situationsOn(kinds))(situationTitle, async (situation) => {
  await expectSync(situation, await park.relaysOf(situation.relays));
});
