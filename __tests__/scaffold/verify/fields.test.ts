/** The built-in driver finds the field that a person would write into, and says what to do where there is none. */
import { chromium, type Browser, type Page } from 'playwright-core';
import { browserArguments, ensureBrowser } from '../../../scripts/browser.mjs';
import { createFieldDriver } from '../../../src/cli/verify/device/field-driver';

jest.setTimeout(60_000);
const driver = createFieldDriver(700);
let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await chromium.launch({ executablePath: ensureBrowser(), args: [...browserArguments] });
});
afterAll(() => browser.close());
beforeEach(async () => {
  page = await browser.newPage();
});
afterEach(() => page.close());

async function show(body: string): Promise<void> {
  await page.route('http://localhost/**', (route) =>
    route.fulfill({ contentType: 'text/html', body: `<!doctype html><meta charset="utf-8">${body}` }),
  );
  await page.goto('http://localhost/app/');
}

const field = '<input class="it">';
const inShadow = (inner: string, mode = 'open') =>
  `<div id="host"></div><script>document.getElementById('host').attachShadow({mode:'${mode}'}).innerHTML=${JSON.stringify(inner)}</script>`;
const inFrame = (inner: string) =>
  `<iframe id="frame"></iframe><script>document.getElementById('frame').contentDocument.body.innerHTML=${JSON.stringify(inner)}</script>`;

describe('the field that is written into is', () => {
  test.each<[name: string, body: string]>([
    ['one without a type', '<input class="it">'],
    ['one of a type in capitals', '<input type="TEXT" class="it">'],
    ['one of a type that no browser knows', '<input type="fancy" class="it">'],
    ['a text area', '<textarea class="it"></textarea>'],
    ['one for searching, where there is no other', '<input type="search" class="it">'],
    ['the one behind one for searching', `<input type="search"><input role="searchbox">${field}`],
    ['editable text', '<p contenteditable class="it"></p>'],
    ['editable plain text', '<div contenteditable="plaintext-only" class="it"></div>'],
    ['editable text with an editable part', '<div contenteditable class="it"><b contenteditable>x</b></div>'],
    ['in a shadow root', inShadow(field)],
    ['in a frame of the app', inFrame(field)],
    ['in a frame of a frame', inFrame(`<iframe srcdoc='${field}'></iframe>`)],
    ['behind one that is disabled', `<input disabled><input aria-disabled="true">${field}`],
    ['behind one whose group is disabled', `<fieldset disabled><input></fieldset>${field}`],
    ['behind one that is read-only', `<input readonly>${field}`],
    ['behind one that is hidden', `<input hidden><input type="hidden">${field}`],
    ['behind one in a closed section', `<div style="display:none"><input></div>${field}`],
    ['behind one that is invisible', `<input style="visibility:hidden">${field}`],
    ['behind one for other things', `<input type="checkbox"><input type="email"><input type="number">${field}`],
    ['behind one that is too short', `<input maxlength="10">${field}`],
    ['behind a login', `<form><input name="user"><input type="password"></form><input autocomplete="email">${field}`],
    ['under an overlay', `${field}<div style="position:fixed;inset:0;background:#fffc">Loading</div>`],
  ])('%s', async (_name, body) => {
    await show(body);
    await driver.open?.(page);
    await driver.write(page, 'zbs-verify 0123456789ab');
    expect(await driver.read(page)).toBe('zbs-verify 0123456789ab');
    const found = await Promise.all(
      page
        .frames()
        .map((frame) =>
          frame
            .locator('.it')
            .evaluateAll((elements) =>
              elements.map((element) => (element as HTMLInputElement).value ?? element.textContent),
            ),
        ),
    );
    expect(found.flat()).toEqual(['zbs-verify 0123456789ab']);
  });

  test('one that appears later', async () => {
    await show(`<p>Loading</p><script>setTimeout(() => { document.body.innerHTML = '${field}'; }, 300)</script>`);
    await driver.open?.(page);
    expect(await driver.read(page)).toBe('');
  });
});

describe('there is no field', () => {
  test.each<[name: string, body: string, says: RegExp]>([
    ['on an empty page', '', /The page is empty\./],
    ['on a page that says something', '<h1>Something\nwent wrong</h1>', /The page shows: "Something went wrong"\./],
    [
      'on the page of a login',
      '<form><label>Name <input></label><input type="password"><button>Sign in</button></form>',
      /It asks for a password\. An app with a login/,
    ],
    ['where it is disabled', '<input disabled value="x">', /hidden, disabled and read-only ones do not count/],
    ['where editable text is read-only', '<p contenteditable="false">x</p>', /no visible text field/],
    ['where it is in a closed shadow root', inShadow(field, 'closed'), /no visible text field/],
    ['where it is of another site', `<iframe src="data:text/html,${field}"></iframe>`, /no visible text field/],
  ])('%s', async (_name, body, says) => {
    await show(body);
    await expect(driver.open?.(page)).rejects.toMatchObject({
      code: 'NO_TEXT_FIELD',
      message: expect.stringMatching(says),
    });
    expect(await driver.read(page)).toBeNull();
  });

  test('and the message names a driver, with nothing of the browser driver in it', async () => {
    await show('<p>Welcome</p>');
    const { message } = (await Promise.resolve(driver.open?.(page)).catch((error: unknown) => error as Error)) as Error;
    expect(message).toMatch(
      /^There is no visible text field after 0\.7 s .* --driver FILE \(docs\/cli\.md shows one\)\.$/,
    );
    expect(message).not.toMatch(/locator|Timeout|Call log|waiting for|\u001b|\n/);
  });
});
