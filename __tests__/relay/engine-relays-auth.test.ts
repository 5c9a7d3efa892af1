/** As engine-relays.test.ts, on relays that serve kind 30078 to its author only, after NIP-42 AUTH. */
import type { RelayOptions } from '../../src/relay';
import { createRelayPark, expectSync, situationsOn, situationTitle } from '../support/relay-situations';
import type { KindsOfRelays } from '../support/relay-situations';

jest.setTimeout(120_000);

const threeOf = (options: RelayOptions) => [options, options, options];
const asNostream: RelayOptions = { mode: 'nostream', restricted: { writes: true } };
/** In the place of half a minute. */
const sessionSeconds = 1;
const kinds: KindsOfRelays = {
  'restricted as strfry': threeOf({ mode: 'strfry', restricted: {} }),
  'restricted as nostream, writes too': threeOf(asNostream),
  'that serve strangers nothing': threeOf({
    mode: 'khatru',
    restricted: { strangersGet: 'nothing' },
    auth: { challenges: 'at-connect' },
  }),
  'with sessions that expire': threeOf({ ...asNostream, auth: { sessionSeconds } }),
  'with narrow windows': threeOf({ mode: 'strfry', restricted: {}, auth: { pastSeconds: 5, futureSeconds: 5 } }),
  'that greet, with sessions that expire': threeOf({ ...asNostream, greeting: 'Welcome!', auth: { sessionSeconds } }),
};

const park = createRelayPark(kinds);
afterAll(() => park.stop());

test.each(situationsOn(kinds))(situationTitle, async (situation) => {
  await expectSync(situation, await park.relaysOf(situation.relays));
});
