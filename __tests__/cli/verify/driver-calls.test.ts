/** What a driver does wrong is said in one line: which function, of which file, and where. */
import type { Page } from 'playwright-core';
import { verifyError, VerifyCode } from '../../../src/cli/verify/failure';
import type { Device } from '../../../src/cli/verify/device/device';
import type { Driver } from '../../../src/cli/verify/device/driver';
import { createDriverCalls } from '../../../src/cli/verify/device/driver-calls';

const never = () => new Promise<never>(() => {});
const page = { evaluate: async () => undefined } as unknown as Page;
const deviceWith = (more: Partial<Device> = {}): Device => ({
  page,
  problems: [],
  fault: () => null,
  said: () => '',
  lost: never(),
  close: async () => {},
  ...more,
});
const limits = { openMs: 50, callMs: 50 };
const callsOf = (driver: Partial<Driver>, file: string | null = '/app/verify.driver.js') =>
  createDriverCalls({ write: async () => {}, read: async () => null, ...driver }, file, limits);

test.each<[name: string, driver: Partial<Driver>, code: string, says: RegExp]>([
  [
    'rejects',
    { write: () => Promise.reject(new Error('oops')) },
    'DRIVER_FAILED',
    /^write\(page, text\) of verify\.driver\.js failed: oops\. Correct the driver; docs\/cli\.md shows one\.$/,
  ],
  [
    'throws at once',
    {
      write: () => {
        throw new TypeError('x is not a function');
      },
    },
    'DRIVER_FAILED',
    /failed: x is not a function\./,
  ],
  ['rejects with text', { write: () => Promise.reject('just text') }, 'DRIVER_FAILED', /failed: just text\./],
  [
    'rejects with nothing',
    { write: () => Promise.reject(new Error('')) },
    'DRIVER_FAILED',
    /failed: an error without a message\./,
  ],
  [
    'rejects in colours and lines',
    {
      write: () =>
        Promise.reject(
          new Error("\u001b[31moops\u001b[39m\n\n  Call log:\n\u001b[2m  - waiting for getByLabel('Name')\u001b[22m\n"),
        ),
    },
    'DRIVER_FAILED',
    /failed: oops, waiting for getByLabel\('Name'\)\./,
  ],
  [
    'says which function of the browser driver has failed',
    { write: () => Promise.reject(new Error('locator.fill: Timeout 500ms exceeded.')) },
    'DRIVER_FAILED',
    /failed: Timeout 500ms exceeded\. Correct/,
  ],
  ['writes a novel', { write: () => Promise.reject(new Error('long '.repeat(1000))) }, 'DRIVER_FAILED', /^.{200,500}$/],
  [
    'never ends',
    { write: never },
    'DRIVER_TIMED_OUT',
    /^write\(page, text\) of verify\.driver\.js did not finish within 0\.05 s\. It waits for what never comes/,
  ],
])('a driver that %s', async (_name, driver, code, says) => {
  await expect(callsOf(driver).write(deviceWith(), 'x')).rejects.toMatchObject({
    code,
    message: expect.stringMatching(says),
  });
});

test('the line of the driver is named', async () => {
  const error = new Error('oops');
  error.stack =
    'Error: oops\n    at inner (/app/node_modules/x/index.js:3:1)\n    at Object.open (/app/verify.driver.js:12:7)\n    at run (/kit.js:1:1)';
  await expect(callsOf({ open: () => Promise.reject(error) }).open(deviceWith())).rejects.toMatchObject({
    message: expect.stringMatching(/open\(page\) of verify\.driver\.js failed: oops \(verify\.driver\.js:12\)\./),
  });
});

test.each<[kind: string, value: unknown]>([
  ['number', 7],
  ['object', {}],
  ['boolean', false],
])('read that gives a %s is refused', async (kind, value) => {
  await expect(callsOf({ read: async () => value as never }).read(deviceWith())).rejects.toMatchObject({
    code: 'DRIVER_FAILED',
    message: expect.stringContaining(`has to give a text or null, and gave a value of type ${kind}`),
  });
});

test('read that gives nothing gives null, as it does while the page loads anew', async () => {
  const destroyed = new Error('page.evaluate: Execution context was destroyed, most likely because of a navigation');
  expect(await callsOf({ read: (async () => undefined) as never }).read(deviceWith())).toBeNull();
  expect(await callsOf({ read: () => Promise.reject(destroyed) }).read(deviceWith())).toBeNull();
});

test('what the page reported is added', async () => {
  const device = deviceWith({ said: () => ' The page reported: no session.' });
  await expect(callsOf({ write: () => Promise.reject(new Error('oops')) }).write(device, 'x')).rejects.toMatchObject({
    message: expect.stringMatching(/ The page reported: no session\.$/),
  });
});

test('a page that is lost ends the call at once, whatever the driver says', async () => {
  const crashed = verifyError(VerifyCode.PageCrashed, 'crashed');
  const device = deviceWith({ fault: () => crashed, lost: Promise.reject(crashed) });
  await expect(callsOf({ write: never }).write(device, 'x')).rejects.toBe(crashed);
  await expect(callsOf({ write: () => Promise.reject(new Error('x')) }).write(device, 'x')).rejects.toBe(crashed);
});

test('a page that shows no frame any more ends the waiting', async () => {
  const device = deviceWith({ page: { evaluate: never } as unknown as Page });
  await expect(callsOf({}).waitForText(device, 'x', 10_000)).rejects.toMatchObject({ code: 'PAGE_HANGS' });
});

test('functions that are not asynchronous will do, and each call is counted', async () => {
  let text: string | null = null;
  const calls = callsOf({ open() {}, write: (_page, written) => void (text = written), read: () => text });
  await calls.open(deviceWith());
  await calls.write(deviceWith(), 'x');
  expect(await calls.waitForText(deviceWith(), 'x', 1000)).toEqual(expect.any(Number));
  expect(await calls.waitForText(deviceWith(), 'y', 0)).toBeNull();
  expect(calls.counts).toEqual({ opens: 1, writes: 1, reads: 1 });
});
