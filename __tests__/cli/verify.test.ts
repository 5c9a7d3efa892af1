import { X509Certificate } from 'node:crypto';
import { stripVTControlCharacters } from 'node:util';
import { loadDriver } from '../../src/cli/verify/driver';
import { makeCertificate } from '../../src/cli/verify/certificate';
import { flawOfEvent, formsOf, unevenness } from '../../src/cli/verify/envelope';
import { htmlReport, terminalReport, type CheckResult } from '../../src/cli/verify/report';
import { makeProject } from './project';

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
      says: 'Half of 10 edits arrived.',
      figures: { medianMs: 46, lateFramesAtRestPercent: 0.5, events: 3 },
    },
    { check: { id: 'wire', title: 'Only <ciphertext>' }, passed: false, says: 'A frame holds "a & b".', figures: {} },
  ];

  test('on the terminal says each outcome with its figures and units', () => {
    // Colours depend on the terminal and on CI.
    expect(stripVTControlCharacters(terminalReport(results))).toBe(
      'pass An edit arrives\n     Half of 10 edits arrived.  (median 46 ms, late frames at rest 0.5 %, events 3)\n' +
        'FAIL Only <ciphertext>\n     A frame holds "a & b".',
    );
  });

  test('as a page needs nothing else, and takes what it quotes for text', () => {
    const page = htmlReport({ app: '<my> app', kit: '0.1.0', relays: '3 relays of this run', at: 0 }, results);
    expect(page).not.toMatch(/\b(src|href)=|@import|url\(|<script/);
    expect(page).toContain('<title>1 of 2 checks failed - &#60;my&#62; app</title>');
    expect(page).toContain('<strong>Only &#60;ciphertext&#62;</strong><p>A frame holds &#34;a &#38; b&#34;.</p>');
    expect(page).toContain('<dt>median</dt><dd>46 ms</dd>');
    expect(page).toContain('1970-01-01 00:00 UTC');
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
