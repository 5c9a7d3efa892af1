/** Whatever goes wrong, the run ends in time, closes what it opened, and says by a stable code what to do. */
import { createServer } from 'node:net';
import * as fs from 'node:fs';
import { chromium, type BrowserContext } from 'playwright-core';
import type { Driver } from '../../../src/cli/verify/device/driver';
import type { VerifyRun } from '../../../src/cli/verify';
import { listenOnLoopback } from '../../../src/cli/verify/test-bed/listen';
import { createFieldDriver } from '../../../src/cli/verify/device/field-driver';
import { removeFolders, verifySite, type Site } from './site';

jest.setTimeout(60_000);
afterEach(removeFolders);

const never = () => new Promise<never>(() => {});
const works = createFieldDriver(3000);

/** Browsers that are open, and the profiles that were made. */
const contexts = new Set<BrowserContext>();
const profiles = new Set<string>();
const browserDriver: VerifyRun['browserDriver'] = {
  async launchPersistentContext(folder, options) {
    profiles.add(folder);
    const context = await chromium.launchPersistentContext(folder, options);
    contexts.add(context);
    context.on('close', () => contexts.delete(context));
    return context;
  },
};
afterEach(() => {
  const left = { browsers: contexts.size, profiles: [...profiles].filter((folder) => fs.existsSync(folder)) };
  contexts.clear();
  profiles.clear();
  expect(left).toEqual({ browsers: 0, profiles: [] });
});

const run = (site: Site, options: Parameters<typeof verifySite>[1] = {}) =>
  verifySite(site, { browserDriver, ...options });
const driverOf = (change: Partial<Driver>): Partial<VerifyRun> => ({
  driver: { ...works, ...change },
  driverFile: '/app/verify.driver.js',
});

describe('the run ends before the checks where', () => {
  test.each<[name: string, code: string, says: RegExp, site: Site, options: Partial<VerifyRun>]>([
    [
      'open of a driver throws',
      'DRIVER_FAILED',
      /^open\(page\) of verify\.driver\.js failed: oops/,
      {},
      driverOf({ open: () => Promise.reject(new Error('oops')) }),
    ],
    [
      'open of a driver never ends',
      'DRIVER_TIMED_OUT',
      /^open\(page\) of verify\.driver\.js did not finish within 1 s\./,
      {},
      { ...driverOf({ open: never }), limits: { openMs: 1000 } },
    ],
    [
      'the driver closes the page',
      'PAGE_CLOSED',
      /was closed/,
      {},
      driverOf({ open: (page) => page.close().then(never) }),
    ],
    [
      'the app goes to a login elsewhere',
      'PAGE_LEFT',
      /The app went to https:\/\/login\.invalid\/authorize and did not come back\. An app with a login needs a driver/,
      { start: `setTimeout(() => location.assign('https://login.invalid/authorize?secret=1'), 300)`, body: '' },
      {},
    ],
    [
      'the page crashes',
      'PAGE_CRASHED',
      /has crashed/,
      {},
      driverOf({
        open: async (page) => {
          void page.goto('chrome://crash').catch(() => {});
          await never();
        },
      }),
    ],
    [
      'the page works without a pause',
      'DRIVER_TIMED_OUT',
      /built-in driver did not finish within 2 s/,
      { start: `setTimeout(() => { for (;;); }, 300)`, body: '' },
      { limits: { openMs: 2000, closeMs: 3000 } },
    ],
    [
      'the page asks on and on',
      'NO_TEXT_FIELD',
      /The page reported: a dialog \(alert\) "again"/,
      { start: `setInterval(() => alert('again'), 50)`, body: '' },
      {},
    ],
    [
      'the page shows an error',
      'NO_TEXT_FIELD',
      /The page reported: no session/,
      { start: `throw new Error('no session')`, body: '' },
      {},
    ],
    [
      'a script is missing',
      'BUILD_INCOMPLETE',
      /asked for \/static\/js\/gone\.js, which is not in the build/,
      { body: '<script src="/static/js/gone.js"></script>', start: '' },
      {},
    ],
    [
      'the browser does not start',
      'BROWSER_FAILED',
      /^The browser \/bin\/false did not start: /,
      {},
      { executable: '/bin/false' },
    ],
    [
      'the time is up',
      'TIMED_OUT',
      /The time was up: 2 s for everything\. .*--timeout/,
      { body: '' },
      { limits: { totalMs: 2000 } },
    ],
  ])('%s: %s', async (_name, code, says, site, options) => {
    const started = Date.now();
    const error = (await run(site, options).then(
      () => null,
      (thrown: unknown) => thrown,
    )) as Error;
    expect(error).toMatchObject({ code });
    expect(error.message).toMatch(says);
    expect(error.message).not.toMatch(/Call log|browserType|\u001b|\n/);
    expect(Date.now() - started).toBeLessThan(25_000);
  });

  test('Ctrl-C is pressed while the driver waits for ever', async () => {
    const interrupt = new AbortController();
    const opened = jest.fn(() => (setTimeout(() => interrupt.abort(), 200), never()));
    await expect(run({}, { ...driverOf({ open: opened }), signal: interrupt.signal })).rejects.toMatchObject({
      name: 'Cancelled',
    });
    expect(opened).toHaveBeenCalledTimes(1);
  });

  test('it was cancelled before it began', async () => {
    await expect(run({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'Cancelled' });
  });
});

describe('the first check says why nothing arrives:', () => {
  test.each<[name: string, code: string, says: RegExp, site: Site, options: Partial<VerifyRun>]>([
    [
      'the engine is not opened',
      'LOCAL_ONLY',
      /connected to no relay and sent nothing\. The engine was not opened, or its status is "local-only"/,
      { start: '' },
      {},
    ],
    ['the field is not synced', 'NOTHING_SENT', /connected to its relays and sent no event/, { sends: false }, {}],
    ['each browser is its own user', 'DIFFERENT_USERS', /different keys/, { user: 'random' }, {}],
    [
      'the other page does not follow',
      'NOT_ARRIVED',
      /events were sent, and the other browser does not show/,
      { deaf: true },
      {},
    ],
    [
      'write of the driver never ends',
      'DRIVER_TIMED_OUT',
      /^write\(page, text\) of verify\.driver\.js did not finish within 1 s/,
      {},
      { ...driverOf({ write: never }), limits: { callMs: 1000 } },
    ],
    [
      'the app leaves after the first edit',
      'PAGE_LEFT',
      /The app went to https:\/\/login\.invalid/,
      { start: `sync();document.oninput = () => location.assign('https://login.invalid/')` },
      {},
    ],
    [
      'the page crashes on the first edit',
      'PAGE_CRASHED',
      /has crashed/,
      {},
      driverOf({
        write: async (page) => {
          void page.goto('chrome://crash').catch(() => {});
          await never();
        },
      }),
    ],
    [
      'the relays refuse',
      'RELAYS_REFUSED',
      /refused all \d+ events/,
      {
        start: `const send = WebSocket.prototype.send; WebSocket.prototype.send = function (text) { send.call(this, text.replace('"sig":"', '"sig":"00')); }; sync()`,
      },
      {},
    ],
  ])('%s: %s', async (_name, code, says, site, options) => {
    const { checks } = await run(site, { ...options, limits: { arrivalMs: 300, ...options.limits } });
    const [first, ...others] = checks;
    expect(first).toMatchObject({ passed: false, code, says: expect.stringMatching(says) });
    expect(first!.says).not.toMatch(/Call log|\u001b|\n/);
    const passed = others.filter((other) => other.passed).map(({ check }) => check.id);
    expect(passed.filter((id) => !['wasm', 'wire', 'sealed'].includes(id))).toEqual([]);
  });

  test('and the others are not made: no frames are dropped where nothing moves', async () => {
    const { checks } = await run({ sends: false }, { limits: { arrivalMs: 300 } });
    expect(Object.fromEntries(checks.map(({ check, code }) => [check.id, code]))).toEqual({
      propagation: 'NOTHING_SENT',
      restored: 'NOTHING_SYNCED',
      wire: 'NOTHING_SENT',
      salt: 'SALT_UNKNOWN',
      sealed: 'NOTHING_SENT',
      wasm: null,
      blocked: 'NOTHING_SYNCED',
      frames: 'NOTHING_SYNCED',
    });
  });

  test('alone, too, "no dropped frames" fails where nothing syncs', async () => {
    const { checks } = await run({ deaf: true }, { only: ['frames'], limits: { arrivalMs: 500 } });
    expect(checks).toEqual([expect.objectContaining({ passed: false, code: 'NOT_ARRIVED' })]);
  });
});

describe('a check that hangs', () => {
  test('ends, and those that need the browsers are not made; what was recorded is looked at all the same', async () => {
    let writes = 0;
    const write: Driver['write'] = (page, text) => (++writes > 12 ? never() : works.write(page, text));
    const { checks } = await run({}, { ...driverOf({ write }), limits: { checkMs: 8000 } });
    expect(Object.fromEntries(checks.map(({ check, code }) => [check.id, code]))).toEqual({
      propagation: null,
      restored: 'TIMED_OUT',
      wire: null,
      salt: 'SALT_UNKNOWN',
      sealed: null,
      wasm: null,
      blocked: 'TIMED_OUT',
      frames: 'TIMED_OUT',
    });
  });

  test('the time for everything ends it as well', async () => {
    let writes = 0;
    const write: Driver['write'] = (page, text) => (++writes > 12 ? never() : works.write(page, text));
    const { checks } = await run({}, { ...driverOf({ write }), limits: { totalMs: 12_000 } });
    expect(checks.find(({ check }) => check.id === 'frames')).toMatchObject({
      code: 'TIMED_OUT',
      says: expect.stringMatching(/^The time was up: 12 s/),
    });
    expect(checks.find(({ check }) => check.id === 'blocked')).toMatchObject({
      code: 'TIMED_OUT',
      says: expect.stringMatching(/^It was not made/),
    });
  });
});

test('the time of an edit begins when the driver has written', async () => {
  const write: Driver['write'] = async (page, text) => {
    await works.write(page, text);
    await new Promise((waited) => setTimeout(waited, 600));
  };
  const { checks } = await run({}, { ...driverOf({ write }), only: ['propagation'] });
  expect(checks).toEqual([expect.objectContaining({ passed: true, says: expect.stringMatching(/of being written/) })]);
});

test('a page that asks on leaving, and one that has opened a dialog, are opened again', async () => {
  const start = `addEventListener('beforeunload', (event) => event.preventDefault());document.addEventListener('input', () => alert('saved'), { once: true });sync()`;
  const { checks } = await run({ start }, { only: ['propagation', 'restored'] });
  expect(checks.map(({ code }) => code)).toEqual([null, null]);
});

test('a driver that answers dialogs itself is not disturbed', async () => {
  const start = `if (confirm('Take part?')) sync()`;
  const open: Driver['open'] = async (page) => {
    page.on('dialog', (dialog) => void dialog.accept());
    await page.reload();
    await works.open?.(page);
  };
  const { checks } = await run({ start }, { ...driverOf({ open }), only: ['propagation'] });
  expect(checks).toEqual([expect.objectContaining({ passed: true })]);
});

test('an app that loads its page anew while it is read is read again', async () => {
  const start = `sync();if (!sessionStorage.again) { sessionStorage.again = 1; setTimeout(() => location.reload(), 1200); }`;
  const { checks } = await run({ start }, { only: ['propagation'] });
  expect(checks).toEqual([expect.objectContaining({ passed: true })]);
});

test('two relays of one host, and one with a port, are stood in for', async () => {
  const odd = ['wss://a.example/one', 'wss://a.example/two', 'wss://b.example:7777', 'wss://b.example'];
  const { checks } = await run({ relays: odd }, { relays: odd, only: ['propagation', 'blocked'] });
  expect(checks.map(({ code }) => code)).toEqual([null, null]);
  expect(checks[1]?.says).toMatch(/Each of 3 relays/);
});

test('a port that cannot be opened is named', async () => {
  const taken = createServer();
  const port = await listenOnLoopback(taken);
  const second = createServer();
  // As if the system had no other.
  const listen = second.listen.bind(second) as (port: number, host: string, then: () => void) => typeof second;
  second.listen = ((_: number, host: string, then: () => void) => listen(port, host, then)) as typeof second.listen;
  await expect(listenOnLoopback(second)).rejects.toMatchObject({
    code: 'PORT_UNAVAILABLE',
    message: expect.stringMatching(/EADDRINUSE/),
  });
  taken.close();
});
