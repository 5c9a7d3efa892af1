/** `verify` on a real build: it passes as it is, and each check fails on a copy that breaks what it is about. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { chromium } from 'playwright-core';
import { ensureBrowser } from '../../scripts/browser.mjs';
import { runVerify } from '../../src/cli/verify';
import { createFieldDriver } from '../../src/cli/verify/device/field-driver';
import { say } from '../support/processes';
import { installedKit, makeApp } from './apps';
import { appSource } from './page';
import { endPrograms, removeFolder, run, start, workshop } from './workshop';

const kit = installedKit();
let app: string;
let relays: readonly string[];
let salt: Buffer;
beforeAll(async () => {
  app = await makeApp('verified', { template: 'cra-template-typescript', packageManager: 'npm' });
  const zbs = (...args: string[]) => run(app, process.execPath, [kit.program, ...args]);
  say('verified: init and build');
  expect(await zbs('init', '--yes', '--identity', 'user.id', '--kit', `file:${kit.tarball}`)).toMatchObject({
    status: 0,
  });
  writeFileSync(path.join(app, 'src/App.tsx'), appSource);
  expect(await run(app, 'npm', ['run', 'build'])).toMatchObject({ status: 0 });
  relays = (JSON.parse(readFileSync(path.join(app, 'src/lib/config.json'), 'utf8')) as { relays: string[] }).relays;
  salt = Buffer.from(/^SYNC_SALT=(.+)$/m.exec(readFileSync(path.join(app, '.env.local'), 'utf8'))?.[1] ?? '', 'base64');
});
afterEach(endPrograms);
afterAll(() => removeFolder(app));

test('the command passes on a healthy build, says so, and writes a report that needs nothing else', async () => {
  const { status, output } = await run(app, process.execPath, [
    kit.program,
    'verify',
    '--yes',
    '--browser',
    ensureBrowser(),
  ]);
  expect({ status, output }).toEqual({ status: 0, output: expect.stringContaining('All eight checks passed.') });
  const report = readFileSync(path.join(app, 'node_modules/.cache/zero-backend-sync/verify-report.html'), 'utf8');
  expect(await run(app, 'git', ['status', '--porcelain', '--', '*report*'])).toMatchObject({ status: 0, output: '' });
  expect(report.match(/<tr class="pass">/g)).toHaveLength(8);
  expect(report).not.toMatch(/\b(src|href)=|@import|url\(/);
});

test('Ctrl-C ends it at once, browsers and profiles included', async () => {
  const profiles = path.join(workshop(), 'profiles');
  mkdirSync(profiles);
  const running = start(app, process.execPath, [kit.program, 'verify', '--yes', '--browser', ensureBrowser()], {
    TMPDIR: profiles,
  });
  await running.said(/An edit reaches the other browser/);
  running.signal('SIGINT');
  const pressedAt = Date.now();
  expect(await running.ended).toEqual({
    status: 130,
    output: expect.stringMatching(/Cancelled\. Nothing was changed\.\n$/),
  });
  expect(Date.now() - pressedAt).toBeLessThan(15_000);
  expect(readdirSync(profiles).filter((name) => name.startsWith('zbs-'))).toEqual([]);
});

/** Code in front of every script that runs in the page only, or in the worker only, once. */
const inPage = (code: string) =>
  `if(typeof document!=='undefined'&&!globalThis.patched){globalThis.patched=1;${code}}\n`;
const inWorker = (code: string) =>
  `if(typeof document==='undefined'&&!globalThis.patched){globalThis.patched=1;${code}}\n`;

interface Patch {
  /** Stands in front of every script. */
  readonly code?: string;
  readonly change?: (script: string) => string;
  readonly files?: Readonly<Record<string, Buffer>>;
}

const patches: readonly (readonly [check: string, breaks: string, says: RegExp, patch: () => Patch])[] = [
  [
    'propagation',
    'messages to relays are held back',
    /within (9\d\d|[1-9]\d{3,}) ms/,
    () => ({
      code: inWorker(
        `const send=WebSocket.prototype.send;WebSocket.prototype.send=function(data){setTimeout(()=>this.readyState===1&&send.call(this,data),900)};`,
      ),
    }),
  ],
  [
    'restored',
    'the second start takes another identity',
    /2 of 2 browsers did not show it again/,
    () => ({
      code: inPage(`globalThis.starts=localStorage.starts=1+Number(localStorage.starts||0);`),
      change: (script) =>
        script.replace(/(["'])user-4b1c7e\1/g, `("user-4b1c7e"+(globalThis.starts>1?globalThis.starts:""))`),
    }),
  ],
  [
    'wire',
    'what is typed goes to a relay as it is',
    /holds what was typed/,
    () => ({
      code: inPage(
        `addEventListener('input',({target})=>{const socket=new WebSocket(${JSON.stringify(relays[0])});socket.onopen=()=>socket.send(JSON.stringify(['REQ','x',{search:target.value}]))},true);`,
      ),
    }),
  ],
  [
    'salt',
    'the salt stands in a bundle',
    /stands in static.* as .*hex/,
    () => ({ code: `/*${salt.toString('hex')}*/\n` }),
  ],
  [
    'sealed',
    'events bear a readable tag',
    /tags .*in plain words/,
    () => ({
      change: (script) => script.replace(/tags:\[\["d",([^\]]+)\]\]/g, 'tags:[["d",$1],["title","in plain words"]]'),
    }),
  ],
  [
    'wasm',
    'a module has a name that no host knows',
    /box\.bin is a module/,
    () => ({ files: { 'box.bin': Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) } }),
  ],
  [
    'blocked',
    'the loss of one relay ends all connections',
    /blocked nothing arrived/,
    () => ({
      code: inWorker(
        `const Socket=WebSocket,all=[];let over=false;globalThis.WebSocket=class extends Socket{constructor(...args){super(...args);all.push(this);if(over)this.close();` +
          `this.addEventListener('close',({wasClean})=>{if(!wasClean){over=true;all.forEach((socket)=>socket.close())}})}};`,
      ),
    }),
  ],
  [
    'frames',
    'the page works 80 ms on every message of the worker',
    /held up the page for [1-9]/,
    () => ({
      code: inPage(
        `const Native=Worker;globalThis.Worker=class extends Native{constructor(...args){super(...args);this.addEventListener('message',()=>{const end=performance.now()+80;while(performance.now()<end);})}};`,
      ),
    }),
  ],
];

test.each(patches)('%s fails where %s', async (check, _breaks, says, patch) => {
  const build = mkdtempSync(path.join(tmpdir(), 'zbs-patched-'));
  try {
    cpSync(path.join(app, 'build'), build, { recursive: true });
    expect(apply(build, patch())).toBe(true);
    const { checks } = await runVerify({
      build,
      address: { page: '/', assets: ['/'] },
      relays,
      upstreams: 'local',
      driver: createFieldDriver(),
      driverFile: null,
      browserDriver: chromium,
      executable: ensureBrowser(),
      salt,
      limits: { arrivalMs: 5000 },
      only: ['wire', 'sealed'].includes(check) ? ['propagation', check] : [check],
    });
    expect(checks.find((result) => result.check.id === check)).toMatchObject({
      passed: false,
      says: expect.stringMatching(says),
    });
  } finally {
    rmSync(build, { recursive: true, force: true });
  }
});

/** True where the copy is not what it was. */
function apply(build: string, { code = '', change = (script) => script, files = {} }: Patch): boolean {
  const folder = path.join(build, 'static/js');
  let isChanged = Object.keys(files).length > 0;
  for (const [file, bytes] of Object.entries(files)) writeFileSync(path.join(build, file), bytes);
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.js'))) {
    const before = readFileSync(path.join(folder, name), 'utf8');
    const after = code + change(before);
    isChanged ||= after !== before;
    writeFileSync(path.join(folder, name), after);
  }
  return isChanged;
}
