/** Where a build is served and opened: the build itself says it, whatever `homepage` says by now. */
import { get } from 'node:http';
import { createResources } from '../../../src/cli/verify/resources';
import { findAppAddress, pathOf } from '../../../src/cli/verify/test-bed/app-address';
import { serveBuild } from '../../../src/cli/verify/test-bed/build-server';
import { makeCertificate } from '../../../src/cli/verify/test-bed/certificate';
import { makeFolder, removeFolders, siteFiles, verifySite, type Site } from './site';

jest.setTimeout(60_000);
afterEach(removeFolders);

const built = (html: string, main = '') =>
  makeFolder({ 'index.html': html, 'static/js/main.js': main, 'favicon.ico': '' });

test.each<
  [
    name: string,
    html: string,
    request: { base?: string; configured?: string | null; main?: string },
    page: string,
    assets: string[],
  ]
>([
  ['at the root', '<script defer="defer" src="/static/js/main.js"></script>', {}, '/', ['/']],
  ['below a folder (PUBLIC_URL=/sub)', '<script src="/sub/static/js/main.js"></script>', {}, '/sub/', ['/sub/']],
  ['below folders', "<script src='/a/b/static/js/main.js?v=1'></script>", {}, '/a/b/', ['/a/b/']],
  ['without quotes', '<script defer src=/sub/static/js/main.js></script>', {}, '/sub/', ['/sub/']],
  [
    'below a folder that the homepage does not name any more',
    '<script src="/sub/static/js/main.js"></script>',
    { configured: '/old' },
    '/sub/',
    ['/sub/'],
  ],
  [
    'with an icon elsewhere',
    '<link rel="icon" href="/favicon.ico"><script src="/sub/static/js/main.js"></script>',
    {},
    '/sub/',
    ['/sub/'],
  ],
  [
    'with a script of another site',
    '<script src="https://other.example/x.js"></script><script src="/sub/static/js/main.js"></script>',
    {},
    '/sub/',
    ['/sub/'],
  ],
  [
    'with scripts in comments',
    '<!-- <script src="/old/static/js/main.js"></script> --><script src="/static/js/main.js"></script>',
    {},
    '/',
    ['/'],
  ],
  ['with relative names (homepage ".")', '<script src="./static/js/main.js"></script>', { configured: '.' }, '/', []],
  [
    'with relative names and a base element',
    '<base href="/sub/"><script src="static/js/main.js"></script>',
    {},
    '/sub/',
    ['/sub/'],
  ],
  [
    'with relative names and a base',
    '<script src="static/js/main.js"></script>',
    { base: 'some/where' },
    '/some/where/',
    [],
  ],
  [
    'from another origin (PUBLIC_URL=https://cdn...)',
    '<script src="https://cdn.example/app/static/js/main.js"></script>',
    {},
    '/',
    ['https://cdn.example/app/'],
  ],
  [
    'from another origin without a scheme',
    '<script src="//cdn.example/static/js/main.js"></script>',
    { configured: 'https://me.example/site' },
    '/site/',
    ['http://cdn.example/'],
  ],
  ['without scripts', '<p>x</p>', { configured: 'https://me.example/site/' }, '/site/', []],
  [
    'for a router with a basename',
    '<script src="/static/js/main.js"></script>',
    { main: 'x(R,{basename:"/app",children:y})' },
    '/app/',
    ['/'],
  ],
  [
    'for a router whose basename is the root',
    '<script src="/sub/static/js/main.js"></script>',
    { main: 'a={basename:"/"};b={basename:"/"}' },
    '/sub/',
    ['/sub/'],
  ],
  [
    'for two routers',
    '<script src="/static/js/main.js"></script>',
    { main: `a={basename:"/one"};b={basename:'/two'}` },
    '/',
    ['/'],
  ],
  [
    'for a router, and a base is given',
    '<script src="/static/js/main.js"></script>',
    { main: 'a={basename:"/app"}', base: '/other' },
    '/other/',
    ['/'],
  ],
])('%s', (_name, html, { main, ...request }, page, assets) => {
  expect(findAppAddress({ build: built(html, main), ...request })).toEqual({ page, assets });
});

test.each([
  [undefined, '/'],
  [{}, '/'],
  ['', '/'],
  ['.', '/'],
  ['./', '/'],
  ['./sub', '/sub/'],
  ['sub', '/sub/'],
  ['//sub//x/', '/sub/x/'],
  ['https://me.example/app?x#y', '/app/'],
])('%p is the path %s', (given, path) => {
  expect(pathOf(given)).toBe(path);
});

describe('an app is driven', () => {
  /** Shows its field at this path only, as a router with a basename does. */
  const routed = (basename: string) =>
    `const routes = { basename: '${basename}' };if (location.pathname.startsWith(routes.basename)) { document.body.insertAdjacentHTML('beforeend', '<input data-synced>'); sync(); }`;
  test.each<[name: string, site: Site & { readonly base?: string }]>([
    ['below a folder', { prefix: '/sub/' }],
    ['with relative names', { prefix: './' }],
    ['from another origin', { prefix: 'https://cdn.example/app/' }],
    ['from another origin with a port, without TLS', { prefix: 'http://cdn.example:8080/' }],
    ['behind a basename', { body: '<main></main>', start: routed('/app') }],
    ['behind a basename below a folder', { prefix: '/sub/', body: '<main></main>', start: routed('/sub/app') }],
    [
      'behind a basename that only the user knows',
      { body: '<main></main>', start: routed('/app').replace("'/app'", "'/' + 'app'"), base: '/app' },
    ],
  ])('%s', async (_name, { base, ...site }) => {
    const { checks } = await verifySite(site, { only: ['propagation', 'wasm'], ...(base && { base }) });
    expect(checks.map(({ code }) => code)).toEqual([null, null]);
  });
});

test.each<[target: string, status: number]>([
  ['/sub/', 200],
  ['/sub/notes/7?x=/', 200],
  ['/sub/static/js/main.js?v=1', 200],
  ['/sub/static/js/gone.js', 404],
  ['/sub/%', 200],
  ['/sub/%ff.js', 404],
  ['/sub/a%00.js', 404],
  ['/sub/..%2f..%2f..%2f..%2f..%2f..%2fetc/host.conf', 404],
  ['//', 404],
  ['/', 404],
  ['http://other.example/x', 404],
])('the server answers %s with %d, and goes on', async (target, status) => {
  const resources = createResources(1000);
  const server = await serveBuild({
    folder: makeFolder(siteFiles({})),
    address: { page: '/sub/', assets: ['/sub/'] },
    certificate: makeCertificate(Date.now()),
    resources,
  });
  const statusOf = (path: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const { port } = new URL(server.origin);
      get({ host: '127.0.0.1', port, path }, (response) => resolve(response.resume().statusCode)).on('error', reject);
    });
  expect(await statusOf(target)).toBe(status);
  expect(await statusOf('/sub/')).toBe(200);
  await resources.closeAll();
});
