import { X509Certificate } from 'node:crypto';
import { stripVTControlCharacters } from 'node:util';
import { loadDriver } from '../../../src/cli/verify/device/driver';
import { makeCertificate } from '../../../src/cli/verify/test-bed/certificate';
import { flawOfEvent, formsOf, unevenness } from '../../../src/cli/verify/envelope';
import { htmlReport, terminalReport, type CheckResult } from '../../../src/cli/verify/report';
import { findBrowserDriver } from '../../../src/cli/verify/device/browser-driver';
import type { RunProgram } from '../../../src/cli/process';
import { answering, makeProject, type TestProject } from '../project';

const envelope = (bytes: number, version = 1) => {
  const content = Buffer.alloc(1 + 12 + bytes + 16, 7);
  content[0] = version;
  return content.toString('base64');
};
const event = (change: object = {}) => ({
  kind: 30078,
  tags: [['d', '0123456789abcdef0123456789abcdef']],
  content: envelope(1024),
  ...change,
});

describe('an event', () => {
  test.each([512, 1024, 32_768])('with a sealed envelope of %d bytes has no flaw', (bytes) => {
    expect(flawOfEvent(event({ content: envelope(bytes) }))).toBeNull();
  });

  test.each<[string, unknown, RegExp]>([
    ['of another kind', event({ kind: 1 }), /kind 1/],
    ['with a second tag', event({ tags: [...event().tags, ['t', 'notes']] }), /more than an opaque address/],
    ['with a readable address', event({ tags: [['d', 'preferences']] }), /more than an opaque address/],
    ['with a third value in its address', event({ tags: [[...event().tags[0]!, 'x']] }), /more than an opaque address/],
    ['without an address', event({ tags: [] }), /more than an opaque address/],
    ['with text', event({ content: '{"theme":"dark"}' }), /not base64/],
    ['of a version that is not known', event({ content: envelope(512, 9) }), /version 9/],
    ['that is not padded', event({ content: envelope(700) }), /no padded size/],
    ['that is too long', event({ content: envelope(65_536) }), /no padded size/],
    ['without content', event({ content: undefined }), /no content/],
    ['that is nothing', null, /kind undefined/],
  ])('%s has one', (_name, flawed, flaw) => {
    expect(flawOfEvent(flawed)).toMatch(flaw);
  });
});

test.each<[string, (text: string) => string]>([
  ['as it is', (text) => text],
  ['in a URL', (text) => encodeURIComponent(text)],
  ['in hex', (text) => Buffer.from(text).toString('hex')],
  ['in base64', (text) => Buffer.from(text).toString('base64')],
  ['in base64 behind one byte', (text) => Buffer.from(`x${text} and more`).toString('base64')],
  ['in base64 behind two bytes', (text) => Buffer.from(`xy${text}`).toString('base64')],
])('a text that was typed is found in a frame %s', (_name, encode) => {
  const frame = `["EVENT",{"content":"${encode('zbs-verify ünïcode 4711')}"}]`;
  expect(formsOf('zbs-verify ünïcode 4711').some((form) => frame.includes(form))).toBe(true);
  expect(formsOf('zbs-verify another text').some((form) => frame.includes(form))).toBe(false);
});

test('noise is even, text is not', () => {
  // A linear congruential generator: every run sees the same bytes.
  let state = 1;
  const noise = Buffer.from(
    Array.from({ length: 20_000 }, () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) >>> 24),
  );
  expect(unevenness(noise)).toBeLessThan(400);
  expect(unevenness(Buffer.from('the theme of the user is dark; '.repeat(600)))).toBeGreaterThan(4000);
});

test("the gateways' certificate is one, and is valid today", () => {
  const now = Date.UTC(2026, 5, 1);
  const certificate = new X509Certificate(makeCertificate(now).cert);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(Date.parse(certificate.validFrom)).toBeLessThan(now);
  expect(Date.parse(certificate.validTo)).toBeGreaterThan(now);
});

describe('the report', () => {
  const results: readonly CheckResult[] = [
    {
      check: { id: 'propagation', title: 'An edit arrives' },
      passed: true,
      code: null,
      says: 'Half of 10 edits arrived.',
      figures: { medianMs: 46, lateFramesAtRestPercent: 0.5, events: 3 },
    },
    {
      check: { id: 'wire', title: 'Only <ciphertext>' },
      passed: false,
      code: 'PLAINTEXT_ON_WIRE',
      says: 'A frame holds "a & b".',
      figures: {},
    },
  ];

  const head = {
    app: '<my> app',
    kit: '0.1.0',
    relays: '3 relays of this run',
    page: '/sub/',
    calls: { opens: 4, writes: 38, reads: 412 },
    at: 0,
  };

  test('on the terminal says each outcome with its figures and units', () => {
    // Colours depend on the terminal and on CI.
    expect(stripVTControlCharacters(terminalReport(results))).toBe(
      'pass An edit arrives\n     Half of 10 edits arrived.  (median 46 ms, late frames at rest 0.5 %, events 3)\n' +
        'FAIL Only <ciphertext>\n     A frame holds "a & b". (PLAINTEXT_ON_WIRE)',
    );
  });

  test('as a page needs nothing else, and takes what it quotes for text', () => {
    const page = htmlReport(head, results);
    expect(page).not.toMatch(/\b(src|href)=|@import|url\(|<script/);
    expect(page).toContain('<title>1 of 2 checks failed - &#60;my&#62; app</title>');
    expect(page).toContain(
      '<strong>Only &#60;ciphertext&#62;</strong><p>A frame holds &#34;a &#38; b&#34;. (PLAINTEXT_ON_WIRE)</p>',
    );
    expect(page).toContain('<dt>median</dt><dd>46 ms</dd>');
    expect(page).toContain(
      '&#60;my&#62; app at /sub/, 3 relays of this run, zero-backend-sync 0.1.0, 1970-01-01 00:00 UTC.',
    );
    expect(page).toContain('The driver opened a page 4 times, wrote 38 times and read 412 times.');
  });
});

describe('a driver', () => {
  test.each<[string, string]>([
    ['of CommonJS', `module.exports = { write: async () => {}, read: async () => 'x' };`],
    ['with a default export', `exports.__esModule = true;\nexports.default = { write() {}, read() {} };`],
  ])('%s is loaded', async (_name, code) => {
    const project = makeProject({ 'driver.js': code });
    await expect(loadDriver(`${project.root}/driver.js`)).resolves.toMatchObject({ write: expect.any(Function) });
    project.remove();
  });

  test.each<[string, string, RegExp]>([
    ['without read', 'exports.write = () => {};', /has to export the functions/],
    ['that breaks', `throw new Error('oops');`, /cannot be loaded \(oops\)/],
  ])('%s is refused', async (_name, code, says) => {
    const project = makeProject({ 'driver.js': code });
    await expect(loadDriver(`${project.root}/driver.js`)).rejects.toMatchObject({
      code: 'DRIVER_INVALID',
      message: expect.stringMatching(says),
    });
    project.remove();
  });
});

describe('the driver of the browser', () => {
  const playwright = (version: string) => ({
    'package.json': `{ "version": "${version}", "main": "index.js" }`,
    'index.js': `exports.chromium = { version: '${version}' };\n`,
  });
  const below = (folder: string, files: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(files).map(([file, text]) => [`${folder}/${file}`, text]));
  const cache = 'node_modules/.cache/zero-backend-sync/browser-driver';
  let project: TestProject;
  afterEach(() => project.remove());
  const find = (more: object = {}) =>
    findBrowserDriver({ ...project.context(), assumeYes: false, version: '1.2.3', ...more });

  test.each([
    ['playwright-core of the app', 'node_modules/playwright-core'],
    ['playwright of the app', 'node_modules/playwright'],
    ['playwright-core of the cache', `${cache}/node_modules/playwright-core`],
  ])('is %s', async (_name, folder) => {
    project = makeProject({ 'package.json': '{}', ...below(folder, playwright('1.60.0')) });
    expect(await find()).toEqual({ version: '1.60.0' });
  });

  test.each<[name: string, more: () => object]>([
    ['with --yes', () => ({ assumeYes: true })],
    ['with consent', () => ({ terminal: { ...project.context().terminal, prompter: answering(true) } })],
  ])('is installed into the cache %s', async (_name, more) => {
    project = makeProject({ 'package.json': '{}' });
    const ran: string[] = [];
    const run: RunProgram = async (program, args, { cwd }) => {
      ran.push([program, ...args].join(' '));
      expect(cwd).toBe(`${project.root}/${cache}`);
      for (const [file, text] of Object.entries(below(`${cache}/node_modules/playwright-core`, playwright('1.2.3'))))
        project.write(file, text);
      return { status: 0, output: '', isMissing: false };
    };
    expect(await find({ run, ...more() })).toEqual({ version: '1.2.3' });
    expect(ran).toEqual(['npm install --no-audit --no-fund playwright-core@1.2.3']);
    expect(project.read('package.json')).toBe('{}');
  });

  test.each<[name: string, more: () => object, says: RegExp]>([
    [
      'nobody can be asked',
      () => ({}),
      /does not have\. Install it in the app \(npm install --save-dev playwright-core\)/,
    ],
    [
      'it is declined',
      () => ({ terminal: { ...project.context().terminal, prompter: answering(false) } }),
      /verify --yes/,
    ],
    [
      'it cannot be installed',
      () => ({ assumeYes: true, run: async () => ({ status: 1, output: 'npm error ENOTFOUND', isMissing: false }) }),
      /could not be installed .*npm error ENOTFOUND\. Install it in the app/,
    ],
  ])('is missing, with what to do, where %s', async (_name, more, says) => {
    project = makeProject({ 'package.json': '{}' });
    await expect(find(more())).rejects.toMatchObject({
      code: 'BROWSER_DRIVER_MISSING',
      message: expect.stringMatching(says),
    });
  });
});
