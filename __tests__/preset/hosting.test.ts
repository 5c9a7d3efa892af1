/** The snippets of docs/hosting.md that need no server of the operating system, against its own table of answers. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../matrix/craco';
import { contentSecurityPolicy } from '../matrix/rows';

const repository = path.resolve(__dirname, '../..');
const documentation = readFileSync(path.join(repository, 'docs/hosting.md'), 'utf8');
const policy = contentSecurityPolicy.replace(' ws:', '');
const blocks = [...documentation.matchAll(/```(\w*)\n([\s\S]*?)```/g)].map(([, language, text]) => ({
  language,
  text: text!,
}));
const blockOf = (language: string) => blocks.find((block) => block.language === language)!.text;

const forEver = 'public, max-age=31536000, immutable';
const answers = [
  ['/', 200, 'text/html', 'no-cache'],
  ['/notes/1', 200, 'text/html', 'no-cache'],
  ['/static/js/main.1.js', 200, 'javascript', forEver],
  ['/static/media/x.1.wasm', 200, 'application/wasm', forEver],
  ['/public.wasm', 200, 'application/wasm', 'no-cache'],
  ['/static/js/gone.js', 404, 'text/plain', null],
  ['/gone.wasm', 404, 'text/plain', null],
] as const;

describe('the host of the Express snippet', () => {
  let folder: string;
  let host: ChildProcess;
  let url: string;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'zbs-hosting-'));
    const write = (file: string, text: string) => {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), text);
    };
    write('build/index.html', '<title>app</title>');
    write('build/static/js/main.1.js', '');
    write('build/static/media/x.1.wasm', '\0asm\x01\0\0\0');
    write('build/public.wasm', '\0asm\x01\0\0\0');
    write('host.js', blockOf('js'));
    symlinkSync(path.join(repository, 'node_modules'), path.join(folder, 'node_modules'));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    host = spawn(process.execPath, ['host.js'], {
      cwd: folder,
      env: { ...process.env, PORT: String(port) },
      stdio: 'inherit',
    });
    await untilAnswered(url);
  }, 30_000);
  afterAll(() => {
    host.kill();
    rmSync(folder, { recursive: true });
  });

  test.each(answers)('answers %s with %i', async (asked, status, type, caching) => {
    const response = await fetch(`${url}${asked}`);
    expect(response.status).toBe(status);
    expect(response.headers.get('Content-Type')).toContain(type);
    expect(response.headers.get('Cache-Control')).toBe(caching);
    expect(response.headers.get('Content-Security-Policy')).toBe(policy);
  });
});

test('every snippet sends the policy under which the matrix runs', () => {
  const policies = documentation.match(/default-src 'self';.*?wss:/g) ?? [];
  expect(policies.length).toBe(5);
  expect(new Set(policies)).toEqual(new Set([policy]));
});

test('no two rules of the _headers snippet set one header for one file, which hosts would join', () => {
  const block = blocks.find(({ text }) => text.startsWith('/*\n'))!.text;
  const rules = block
    .trim()
    .split(/\n(?=\S)/)
    .map((rule) => rule.split('\n').map((line) => line.trim()));
  const headersOf = (file: string) =>
    rules
      .filter(([pattern]) => new RegExp(`^${pattern!.replace(/\*/g, '.*')}$`).test(file))
      .flatMap(([, ...headers]) => headers.map((header) => header.split(': ') as [string, string]));
  for (const [asked, status, type, caching] of answers) {
    if (status !== 200) continue;
    const headers = headersOf(asked);
    const byName = Object.fromEntries(headers);
    expect(Object.keys(byName)).toHaveLength(headers.length);
    expect(byName['Content-Security-Policy']).toBe(policy);
    expect(byName['Content-Type']).toBe(type === 'application/wasm' ? type : undefined);
    expect(byName['Cache-Control']).toBe(caching === forEver ? caching : undefined);
  }
});

async function untilAnswered(url: string): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    if (
      await fetch(url).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${url} does not answer.`);
}
