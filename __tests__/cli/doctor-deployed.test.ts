import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkDeployed } from '../../src/cli/doctor/deployed';
import type { Finding } from '../../src/cli/doctor/finding';

const html = (policy: string) =>
  `<html><head>\n<meta http-equiv="Content-Security-Policy" content="${policy}">\n</head></html>`;

describe('a deployed site', () => {
  const page = '<html><script defer src="/static/js/main.js"></script></html>';
  const site = {
    '/': { type: 'text/html', body: page },
    '/static/js/main.js': { type: 'text/javascript', body: 'const kind=30078;new URL("static/media/box.wasm")' },
    '/static/js/worker.js': { type: 'text/javascript', body: '' },
    '/static/media/box.wasm': { type: 'application/wasm', body: '' },
    '/asset-manifest.json': {
      type: 'application/json',
      body: '{"files":{"worker":"/static/js/worker.js","box":"/static/media/box.wasm"}}',
    },
  };
  type Site = Record<string, { type: string; body: string; policy?: string }>;

  async function look(served: Site, configured?: Parameters<typeof checkDeployed>[2]): Promise<readonly Finding[]> {
    const server = createServer((request, response) => {
      const file = served[request.url ?? ''];
      response.writeHead(file ? 200 : 404, {
        'content-type': file?.type ?? 'text/plain',
        ...(file?.policy && { 'content-security-policy': file.policy }),
      });
      response.end(file?.body ?? '');
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const findings = await checkDeployed(
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      fetch,
      configured,
    );
    await new Promise((closed) => server.close(closed));
    return findings;
  }

  test('that is healthy gives no finding', async () => {
    expect(await look(site)).toEqual([]);
  });

  test('that serves its list of relays is asked for it, and its policy for all of them', async () => {
    const policy =
      "connect-src 'self' wss://a.example wss://b.example; script-src 'wasm-unsafe-eval'; worker-src 'self'";
    const relays = ['wss://a.example', 'wss://b.example', 'wss://c.example'];
    const configured = { relays: relays.slice(0, 2), relaysUrl: '/relays.json' };
    const withPolicy = { ...site, '/': { type: 'text/html', body: page, policy } };
    const serving = (list: unknown) => ({
      ...withPolicy,
      '/relays.json': { type: 'application/json', body: JSON.stringify({ relays: list }) },
    });
    const codes = async (served: Site) => (await look(served, configured)).map(({ code, what }) => [code, what]);
    expect(await codes(serving([...relays.slice(0, 2), 'wss://A.example:4848']))).toEqual([
      ['CSP_RELAY_LEFT_OUT', expect.stringContaining('leaves out wss://a.example:4848.')],
    ]);
    expect(await codes(serving(relays))).toEqual([
      ['CSP_RELAY_LEFT_OUT', expect.stringContaining('leaves out wss://c.example.')],
    ]);
    expect(await codes(withPolicy)).toEqual([['RELAYS_FILE_INVALID', expect.stringContaining('404')]]);
    expect(await codes(serving(relays.slice(1)))).toEqual([
      ['RELAYS_FILE_INVALID', expect.stringContaining('at least 3')],
    ]);
  });

  describe('of Vite, which lists its files nowhere', () => {
    const ofVite: Site = {
      '/': { type: 'text/html', body: '<script type="module" crossorigin src="/assets/index-DyQ2x9aB.js"></script>' },
      '/assets/index-DyQ2x9aB.js': {
        type: 'text/javascript',
        body: 'new Worker(new URL("/assets/worker-C3d4E5f6.js",import.meta.url),{type:"module"})',
      },
      '/assets/worker-C3d4E5f6.js': { type: 'text/javascript', body: 'import("./crypto-A1b2C3d4.js");const k=30078' },
      '/assets/crypto-A1b2C3d4.js': {
        type: 'text/javascript',
        body: 'new URL("./crypto-B2c3D4e5.wasm",import.meta.url)',
      },
      '/assets/crypto-B2c3D4e5.wasm': { type: 'application/wasm', body: '' },
    };
    test.each<[name: string, served: Site, codes: readonly string[]]>([
      ['is healthy', ofVite, []],
      [
        'has a module of the wrong type',
        { ...ofVite, '/assets/crypto-B2c3D4e5.wasm': { type: 'text/plain', body: '' } },
        ['WASM_MIME'],
      ],
      [
        'has no engine',
        { ...ofVite, '/assets/worker-C3d4E5f6.js': { type: 'text/javascript', body: '' } },
        ['ENGINE_MISSING'],
      ],
      [
        'misses its module',
        Object.fromEntries(Object.entries(ofVite).filter(([file]) => !file.endsWith('.wasm'))),
        ['WASM_MISSING'],
      ],
    ])('%s', async (_name, served, codes) => {
      expect((await look(served)).map(({ code }) => code)).toEqual(codes);
    });
  });

  test.each<[string, Site, RegExp]>([
    ['a policy in its header', { ...site, '/': { ...site['/'], policy: "connect-src 'self'" } }, /no relay/],
    [
      'a policy in its page',
      { ...site, '/': { type: 'text/html', body: html("script-src 'self'; connect-src wss:") + page } },
      /WebAssembly/,
    ],
    [
      'a missing worker',
      Object.fromEntries(Object.entries(site).filter(([file]) => !file.endsWith('worker.js'))),
      /worker\.js gives 404/,
    ],
    [
      'a worker that is the page',
      { ...site, '/static/js/worker.js': { type: 'text/html', body: page } },
      /served as text\/html/,
    ],
    [
      'WASM with the wrong type',
      { ...site, '/static/media/box.wasm': { type: 'application/octet-stream', body: '' } },
      /box\.wasm is served as application\/octet-stream/,
    ],
    [
      'missing WASM',
      Object.fromEntries(Object.entries(site).filter(([file]) => !file.endsWith('.wasm'))),
      /box\.wasm gives 404/,
    ],
    [
      'WASM that is the page',
      { ...site, '/static/media/box.wasm': { type: 'text/html', body: page } },
      /box\.wasm is served as text\/html/,
    ],
    [
      'a policy in the header of the worker',
      { ...site, '/static/js/worker.js': { ...site['/static/js/worker.js'], policy: "script-src 'self'" } },
      /the header of \/static\/js\/worker\.js: the policy forbids WebAssembly/,
    ],
    [
      'a missing script',
      Object.fromEntries(Object.entries(site).filter(([file]) => !file.endsWith('main.js'))),
      /main\.js gives 404/,
    ],
    [
      'an app without the engine',
      { ...site, '/static/js/main.js': { type: 'text/javascript', body: 'const kind = 1;' } },
      /holds the engine/,
    ],
    ['what is no page', { '/': { type: 'application/json', body: '{}' } }, /200 application\/json, not a page/],
    ['no page', {}, /gives 404/],
    ['a page without scripts', { '/': { type: 'text/html', body: '<html></html>' } }, /loads no script/],
  ])('shows %s', async (_name, served, what) => {
    expect((await look(served)).map((finding) => finding.what)).toContainEqual(expect.stringMatching(what));
  });

  describe('whose files come from another origin', () => {
    const cdn = 'https://cdn.example';
    const fileOf: Readonly<Record<string, { readonly type: string; readonly body: string }>> = {
      'https://app.example/': {
        type: 'text/html',
        body: `<html><script src="${cdn}/static/js/main.js"></script></html>`,
      },
      'https://app.example/asset-manifest.json': {
        type: 'application/json',
        body: `{"files":{"box":"${cdn}/static/media/box.wasm"}}`,
      },
      [`${cdn}/static/js/main.js`]: { type: 'text/javascript', body: 'const kind=30078;' },
      [`${cdn}/static/media/box.wasm`]: { type: 'application/wasm', body: '' },
    };
    const lookUnder = (policy: string, sharedWith: string) =>
      checkDeployed('https://app.example/', async (url) => {
        const file = fileOf[String(url)];
        return new Response(file?.body ?? '', {
          status: file ? 200 : 404,
          headers: {
            'content-type': file?.type ?? 'text/plain',
            'content-security-policy': policy,
            'access-control-allow-origin': sharedWith,
          },
        });
      });
    const policy = `script-src ${cdn} 'wasm-unsafe-eval'; connect-src wss: ${cdn}`;

    test('is healthy where its policy and the other origin allow what that takes', async () => {
      expect(await lookUnder(`${policy}; worker-src 'self' blob:`, '*')).toEqual([]);
    });

    test.each<[string, string, string, RegExp]>([
      ['a policy without blob:', `${policy}; worker-src 'self'`, '*', /started through a blob/],
      ['WASM that is not shared', `${policy}; worker-src blob:`, 'https://other.example', /is not shared with/],
    ])('shows %s', async (_name, given, sharedWith, what) => {
      expect((await lookUnder(given, sharedWith)).map((finding) => finding.what)).toContainEqual(
        expect.stringMatching(what),
      );
    });
  });

  test.each<[string, string, RegExp]>([
    ['that is no address', 'app.example.org', /is no address/],
    ['that is not there', 'https://127.0.0.1:9/', /no answer/],
  ])('%s is named', async (_name, address, what) => {
    expect(await checkDeployed(address, fetch)).toEqual([
      expect.objectContaining({ what: expect.stringMatching(what) }),
    ]);
  });

  test('without https does not start the engine', async () => {
    const answer: typeof fetch = async (url) => {
      const { type, body } = site[new URL(String(url)).pathname as keyof typeof site] ?? {
        type: 'text/plain',
        body: '',
      };
      return new Response(body, { headers: { 'content-type': type } });
    };
    expect((await checkDeployed('http://app.example.org/', answer)).map(({ what }) => what)).toEqual([
      expect.stringMatching(/not served over https/),
    ]);
    expect(await checkDeployed('https://app.example.org/', answer)).toEqual([]);
  });

  test("is not judged by scripts of other people's", async () => {
    const withWidget = page.replace('</html>', '<script src="https://widgets.example/w.js"></script></html>');
    expect(await look({ ...site, '/': { type: 'text/html', body: withWidget } })).toEqual([]);
  });
});
