/** What docs/cli.md says about verify: every code, and an example that drives an app whose login stays. */
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { loadDriver } from '../../../src/cli/verify/device/driver';
import { VerifyCode } from '../../../src/cli/verify/failure';
import { makeFolder, removeFolders, verifySite } from './site';

jest.setTimeout(60_000);
afterEach(removeFolders);

const [section = ''] = readFileSync(path.resolve(__dirname, '../../../docs/cli.md'), 'utf8')
  .split(/^## /m)
  .filter((text) => text.startsWith('verify\n'));

test('the table of codes has every code once, and none that is not there any more', () => {
  const thrown = readFileSync(path.resolve(__dirname, '../../../src/cli/commands/verify.ts'), 'utf8');
  const others = [...`${thrown} DRIVER_INVALID`.matchAll(/\b([A-Z]+_(?:MISSING|INVALID|UNWRITABLE))\b/g)].map(
    ([code]) => code,
  );
  // It has a sentence of its own.
  const all = new Set(
    [...Object.values<string>(VerifyCode), ...others].filter((code) => code !== 'BROWSER_DRIVER_MISSING'),
  );
  const rows = [...section.matchAll(/^\| `([A-Z_]+)` +\| \S/gm)].map(([, code]) => code);
  expect([...rows].sort()).toEqual([...all].sort());
});

describe('the example of a driver', () => {
  const [, code = ''] = /```js\n\/\/ verify\.driver\.cjs.*?\n(.*?)```/s.exec(section) ?? [];
  /** Signed in for as long as the profile lives, as most apps are. */
  const start = `
    const app = document.querySelector('main');
    const signedIn = () => { app.innerHTML = '<label>Display name <input data-synced></label>'; sync(); };
    if (localStorage.session) signedIn();
    else {
      app.innerHTML = '<form><label>E-mail <input type="email" required></label><label>Password <input type="password"></label><button>Sign in</button></form>';
      app.firstChild.onsubmit = (event) => { event.preventDefault(); localStorage.session = app.querySelector('input').value; setTimeout(signedIn, 300); };
    }`;

  test('drives an app whose login stays, through all that verify does', async () => {
    const folder = makeFolder({ 'verify.driver.cjs': code });
    const driver = await loadDriver(path.join(folder, 'verify.driver.cjs'));
    const { checks, calls } = await verifySite({ body: '<main></main>', start }, { driver });
    expect(checks.flatMap(({ code: found }) => found ?? [])).toEqual(['SALT_UNKNOWN']);
    expect(calls.opens).toBe(4);
  });

  test('which cannot be verified without one', async () => {
    await expect(verifySite({ body: '<main></main>', start })).rejects.toMatchObject({
      code: 'NO_TEXT_FIELD',
      message: expect.stringMatching(/It asks for a password\. An app with a login/),
    });
  });
});
