/** The snippets of docs/hosting.md against its own table of answers: Express always, nginx and Apache where this machine has them. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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
/** The document's own table: what is asked for, and the status, type and caching of the answer. */
const answers = [
  ['/', 200, 'text/html', 'no-cache'],
  ['/notes/1', 200, 'text/html', 'no-cache'],
  ['/static/js/main.1.js', 200, 'javascript', forEver],
  ['/static/media/x.1.wasm', 200, 'application/wasm', forEver],
  ['/public.wasm', 200, 'application/wasm', 'no-cache'],
  ['/static/js/gone.js', 404, 'text/', null],
  ['/gone.wasm', 404, 'text/', null],
] as const;
const appHtml = '<title>app</title>';

interface Host {
  readonly name: string;
  /** Where the program is, if this machine has it. */
  readonly command: string | undefined;
  /** Writes what the program needs into a folder beside `build`; its arguments. */
  lay(folder: string, port: number): readonly string[];
}

const apacheModules = '/usr/lib/apache2/modules';
const hosts: readonly Host[] = [
  {
    name: 'Express',
    command: process.execPath,
    lay(folder) {
      writeFileSync(path.join(folder, 'host.js'), blockOf('js'));
      symlinkSync(path.join(repository, 'node_modules'), path.join(folder, 'node_modules'));
      return ['host.js'];
    },
  },
  {
    name: 'nginx',
    command: find('nginx'),
    lay(folder, port) {
      const snippet = blockOf('nginx')
        .replace('listen 80;', `listen 127.0.0.1:${port};`)
        .replace('/srv/app/build', path.join(folder, 'build'));
      const config = `daemon off; master_process off; pid ${folder}/pid; error_log stderr; events {}
http { access_log off; client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
${snippet}}`;
      writeFileSync(path.join(folder, 'nginx.conf'), config);
      return ['-c', path.join(folder, 'nginx.conf')];
    },
  },
  {
    name: 'Apache',
    command: existsSync(apacheModules) ? find('apache2') : undefined,
    lay(folder, port) {
      writeFileSync(path.join(folder, 'build/.htaccess'), blockOf('apache'));
      const modules = ['mpm_event', 'authz_core', 'dir', 'mime', 'headers', 'rewrite'];
      const config = `${modules.map((name) => `LoadModule ${name}_module ${apacheModules}/mod_${name}.so`).join('\n')}
ServerName 127.0.0.1
${process.getuid?.() === 0 ? 'User nobody\nGroup nogroup' : ''}
Listen 127.0.0.1:${port}
PidFile ${folder}/pid
DefaultRuntimeDir ${folder}
ErrorLog ${folder}/error.log
TypesConfig /etc/mime.types
DocumentRoot ${folder}/build
<Directory ${folder}/build>
  AllowOverride All
</Directory>
`;
      writeFileSync(path.join(folder, 'apache.conf'), config);
      return ['-X', '-f', path.join(folder, 'apache.conf')];
    },
  },
];

describe.each(hosts.filter(({ command }) => command !== undefined))('the host of the $name snippet', (host) => {
  let folder: string;
  let program: ChildProcess;
  let url: string;
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'zero-backend-sync-hosting-'));
    // Servers that are started by root read files as somebody else.
    chmodSync(folder, 0o755);
    const write = (file: string, text: string) => {
      mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
      writeFileSync(path.join(folder, file), text);
    };
    write('build/index.html', appHtml);
    write('build/static/js/main.1.js', '');
    write('build/static/media/x.1.wasm', '\0asm\x01\0\0\0');
    write('build/public.wasm', '\0asm\x01\0\0\0');
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const args = host.lay(folder, port);
    program = spawn(host.command!, args, {
      cwd: folder,
      env: { ...process.env, PORT: String(port) },
      stdio: 'inherit',
    });
    await untilAnswered(url);
  }, 30_000);
  afterAll(async () => {
    const ended = program.exitCode === null ? once(program, 'exit') : undefined;
    program.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true });
  });

  test.each(answers)('answers %s with %i', async (asked, status, type, caching) => {
    const response = await fetch(`${url}${asked}`);
    expect(response.status).toBe(status);
    expect(response.headers.get('Content-Type')).toContain(type);
    expect(response.headers.get('Cache-Control')).toBe(caching);
    expect(response.headers.get('Content-Security-Policy')).toBe(policy);
    expect((await response.text()) === appHtml).toBe(type === 'text/html');
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

function find(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin'];
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}
