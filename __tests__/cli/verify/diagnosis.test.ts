/** Why nothing arrives, as far as it shows from outside. */
import type { Outcome } from '../../../src/cli/verify/check';
import { sealed, wire } from '../../../src/cli/verify/traffic-checks';
import { whyNothingArrived } from '../../../src/cli/verify/diagnosis';
import type { TestBed } from '../../../src/cli/verify/test-bed';
import type { Frame } from '../../../src/cli/verify/test-bed/gateway';
import { makeFolder, removeFolders } from '../../scaffold/verify/site';

afterAll(removeFolders);
const one = {};
const other = {};
const author = (digit: string) => digit.repeat(64);
const fromApp = (text: string, connection = one): Frame => ({ text, isFromApp: true, connection });
const fromRelay = (text: string): Frame => ({ text, isFromApp: false, connection: one });
const event = (user = 'a', connection = one) =>
  fromApp(`["EVENT",{"content":"x","pubkey":"${author(user)}"}]`, connection);
const request = (user: string, connection = one) =>
  fromApp(`["REQ","1",{"kinds":[30078],"authors":["${author(user)}"]}]`, connection);

const build = makeFolder({ 'index.html': '<script src="/main.js"></script>', 'main.js': 'relays:["wss://a.example"]' });
const bedOf = ({
  frames = [],
  shows = 'what was written',
  connections = 2,
  relays = ['wss://a.example'],
  problems = [],
}: {
  readonly frames?: readonly Frame[];
  readonly shows?: string | null;
  readonly connections?: number;
  readonly relays?: readonly string[];
  readonly problems?: readonly string[];
}): TestBed => {
  const device = { fault: () => null, problems };
  return {
    frames,
    build,
    relays,
    gateways: [{ connections }],
    devices: [device, device],
    driver: { read: async () => shows },
    typed: [],
  } as unknown as TestBed;
};
const why = (bed: Parameters<typeof bedOf>[0]): Promise<Outcome> =>
  whyNothingArrived(bedOf(bed), { text: 'what was written', from: 0, since: 0, after: 'Nothing arrived within 60 s.' });

test.each<[name: string, bed: Parameters<typeof bedOf>[0], code: string, says: RegExp]>([
  [
    'the page that wrote shows something else',
    { shows: 'WHAT WAS WRITTEN', frames: [event()] },
    'WRITE_NOT_SHOWN',
    /does not show it either: it shows "WHAT WAS WRITTEN"/,
  ],
  ['the page that wrote shows nothing', { shows: null }, 'WRITE_NOT_SHOWN', /there is nothing to read/],
  [
    'the engine was not opened',
    { connections: 0 },
    'LOCAL_ONLY',
    /connected to no relay and sent nothing\. The engine was not opened, or its status is "local-only"/,
  ],
  [
    'the build is older than config.json',
    { connections: 0, relays: ['wss://a.example', 'wss://new.example'] },
    'LOCAL_ONLY',
    /The build does not name wss:\/\/new\.example of config\.json: build it again/,
  ],
  [
    'the app is connected and sends nothing',
    { frames: [request('a')] },
    'NOTHING_SENT',
    /connected to its relays and sent no event/,
  ],
  [
    'the relays refuse everything',
    { frames: [event(), fromRelay('["OK","1",false,"blocked: pay \u001b[1mfirst"]')] },
    'RELAYS_REFUSED',
    /refused all 1 events: blocked: pay first\./,
  ],
  [
    'one relay of two refuses',
    { frames: [event(), event(), fromRelay('["OK","1",false,"blocked"]')] },
    'NOT_ARRIVED',
    /2 events were sent/,
  ],
  [
    'the browsers ask for different users',
    { frames: [request('a'), request('b', other), event('a')] },
    'DIFFERENT_USERS',
    /different keys/,
  ],
  [
    'the browsers write as different users',
    { frames: [event('a'), event('b', other)] },
    'DIFFERENT_USERS',
    /A driver has to sign in the same user|a driver has to sign in the same user/,
  ],
  [
    'one user has a former key',
    { frames: [request('a'), request('b'), request('b', other), event('b')] },
    'NOT_ARRIVED',
    /the other browser does not show/,
  ],
  [
    'nothing else is known',
    { frames: [event()], problems: ['TypeError: x is null'] },
    'NOT_ARRIVED',
    /The pages reported: TypeError: x is null$/,
  ],
])('%s: %j', async (_name, bed, code, says) => {
  const outcome = await why(bed);
  expect(outcome).toMatchObject({ passed: false, code, says: expect.stringMatching(says) });
  expect(outcome.says).toMatch(/^Nothing arrived within 60 s\. /);
});

test.each([
  ['wire', wire],
  ['sealed', sealed],
])('the check "%s" says the same where no event was sent', async (_name, check) => {
  expect(await check.run(bedOf({ connections: 0 }))).toMatchObject({ passed: false, code: 'LOCAL_ONLY' });
  expect(await check.run(bedOf({ frames: [request('a')] }))).toMatchObject({ passed: false, code: 'NOTHING_SENT' });
});
