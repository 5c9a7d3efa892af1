/** Nothing derived or secret crosses a border of the worker, or is written down: not by an engine at work, and not by one that fails. */
import { firstValueFrom } from 'rxjs';
import { filter } from 'rxjs/operators';
import type { SyncEngine } from '../../src/lib/engine';
import { SyncPhase } from '../../src/runtime/core/status';
import type { BlackBox } from '../../src/runtime/crypto/derive-keys';
import { startRelay } from '../../src/relay';
import type { RunningRelay } from '../../src/relay';
import { compileBlackBox } from '../assembly/compile';
import { blackBoxOf, config, everythingStored, noBorders, openInBrowser } from '../support/browser-device';
import type { Borders } from '../support/browser-device';
import { leaksIn } from '../support/leaks';
import type { Secrets } from '../support/leaks';
import { keysOf } from '../vectors/reference';

jest.setTimeout(60_000);

const identity = ['grace.hopper@navy.example', 'personnel-number-004827'];
const secret = 'the nanosecond is eleven point eight inches long';
const salt = Buffer.from('a5'.repeat(4) + '0123456789abcdef'.repeat(3) + 'fedcba98', 'hex');
const keys = keysOf({
  parts: identity,
  secret,
  saltBase64: salt.toString('base64'),
  appId: config.appId,
  iterations: config.iterations,
});
const hex = (text: string) => Buffer.from(text, 'hex');
const secrets: Secrets = {
  texts: { email: identity[0]!, number: identity[1]!, secret },
  bytes: {
    identity: hex(keys.identity),
    password: hex(keys.password),
    salt,
    master: hex(keys.master),
    signKey: hex(keys.signKey),
    sealKey: hex(keys.sealKey),
    nameKey: hex(keys.nameKey),
  },
};

let relays: RunningRelay[];
let blackBox: () => Promise<BlackBox>;
let consoles: jest.SpyInstance[];
let borders: Borders;
let engine: SyncEngine | undefined;

beforeAll(async () => {
  relays = await Promise.all(['one', 'two', 'three'].map((name) => startRelay({ name })));
  blackBox = blackBoxOf(await compileBlackBox(salt));
});
afterAll(() => Promise.all(relays.map((relay) => relay.stop())));

beforeEach(() => {
  borders = noBorders();
  consoles = (['log', 'info', 'warn', 'error', 'debug', 'trace'] as const).map((name) =>
    jest.spyOn(console, name).mockImplementation(() => {}),
  );
});
afterEach(async () => {
  await engine?.close();
  engine = undefined;
  jest.restoreAllMocks();
});

const open = async (changes: Parameters<typeof openInBrowser>[2] = {}) => {
  const urls = relays.map(({ url }) => url);
  return (engine = await openInBrowser({ identity, secret, relays: urls }, borders, {
    loadBlackBox: blackBox,
    ...changes,
  }));
};

const until = (isIt: (status: SyncEngine['status']) => boolean) =>
  firstValueFrom(engine!.status$.pipe(filter((status) => isIt(status))));

async function everythingShown(): Promise<readonly unknown[]> {
  const said = consoles.flatMap(({ mock }) => mock.calls as unknown[]);
  return [borders.toPage, borders.toTabs, borders.toRelays, said, await everythingStored()];
}

test('the search finds each secret in each form that a program might give it', () => {
  for (const [name, bytes] of Object.entries(secrets.bytes)) {
    const plain = Buffer.from(bytes);
    const forms: readonly unknown[] = [
      { deep: [plain.toString('hex')] },
      plain.toString('hex').toUpperCase(),
      ...[0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift, 7), plain]).toString('base64')),
      plain.toString('base64url'),
      Uint8Array.from(plain),
      Uint8Array.from(plain).buffer,
      [...plain],
      Uint32Array.from({ length: 4 }, (_, index) => plain.readUInt32BE(4 * index)),
      Array.from({ length: 4 }, (_, index) => plain.readUInt32LE(4 * index)),
      Uint8Array.from(plain).reverse(),
      new Error('wrapped', { cause: plain.subarray(0, plain.length >> 1).toString('hex') }),
    ];
    for (const form of forms) expect(leaksIn([form], secrets).join()).toContain(name);
  }
  for (const [name, text] of Object.entries(secrets.texts))
    expect(leaksIn([[{ text }]], secrets).join()).toContain(name);
});

test('an engine at work shows and stores nothing of them', async () => {
  const engine = await open();
  await engine.seed('preferences', [{ id: 'ui', accent: 'teal' }]);
  for (let note = 0; note < 5; note += 1)
    await engine.patch('notes', `n${note}`, { title: `note ${note}`, order: note });
  await until(({ phase, pending }) => phase === SyncPhase.Online && pending === 0);
  await engine.synced();

  // The keys that are looked for are those that this engine works with.
  const authors = relays.flatMap((relay) => relay.events().map(({ pubkey }) => pubkey));
  expect(new Set(authors)).toEqual(new Set([keys.pubkey]));
  const shown = await everythingShown();
  expect(leaksIn(shown, { texts: { note: 'note 4' }, bytes: {} })).not.toEqual([]);
  expect(leaksIn(shown, secrets)).toEqual([]);
});

const failures: readonly (readonly [what: string, changes: () => Parameters<typeof openInBrowser>[2]])[] = [
  ['whose black box cannot be loaded', () => ({ loadBlackBox: () => Promise.reject(new Error('blocked')) })],
  ['whose black box refuses', () => ({ loadBlackBox: async () => ({ ...(await blackBox()), begin: () => 0 }) })],
  ['whose black box breaks while it derives', () => ({ loadBlackBox: async () => ({ ...(await blackBox()), step: broken }) })],
  ['whose black box gives no key', () => ({ loadBlackBox: async () => ({ ...(await blackBox()), expand: () => 0 }) })],
  ['whose platform does not take the keys', () => (breakCrypto('importKey', 'AES-GCM'), {})],
  ['whose platform does not seal', () => (breakCrypto('encrypt', 'AES-GCM'), {})],
]; // prettier-ignore

test.each(failures)('an engine %s says so without them', async (_what, changes) => {
  const engine = await open(changes());
  await engine.patch('notes', 'failing', { title: 'kept', order: 1 });
  const { problems } = await until(({ phase }) => phase === SyncPhase.Stopped);
  expect(problems).not.toEqual([]);
  expect(leaksIn([...(await everythingShown()), problems], secrets)).toEqual([]);
});

test.each([
  ['an identity that is too long', { identity: [...identity, 'x'.repeat(2_000)] }],
  ['a part that is empty', { identity: [...identity, ' '] }],
  ['a secret that is too long', { secret: secret.repeat(500) }],
  ['a relay in the clear', { relays: ['ws://one.example', 'wss://two.example', 'wss://three.example'] }],
])('%s is refused without them', async (_what, options) => {
  const opening = openInBrowser({ identity, secret, ...options }, borders, { loadBlackBox: blackBox });
  const refusal: unknown = await opening.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refusal).toBeInstanceOf(Error);
  expect(leaksIn([...(await everythingShown()), refusal], secrets)).toEqual([]);
});

function broken(): never {
  throw new Error(`unreachable, with ${keys.identity} on the stack`);
}

/** The error of the platform carries as much as it can. */
function breakCrypto(method: 'importKey' | 'encrypt', algorithm: string): void {
  const original = crypto.subtle[method].bind(crypto.subtle) as (...args: unknown[]) => Promise<unknown>;
  jest.spyOn(crypto.subtle, method as 'encrypt').mockImplementation(((...args: unknown[]) => {
    const named = args.some((arg) => arg === algorithm || (arg as { name?: string } | null)?.name === algorithm);
    if (!named) return original(...args);
    return Promise.reject(new DOMException(`${keys.identity} ${keys.sealKey}`, 'NotSupportedError'));
  }) as never);
}
