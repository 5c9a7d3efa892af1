/** A build whose files are asked for at a whole address: whether that is another origin than the page's depends on where the page is. */
import { csp } from '../../src/cli/doctor/csp';
import { memoryFiles } from '../../src/cli/discover/project-files';

const foreign = (homepage?: string, more: Readonly<Record<string, string>> = {}) => ({
  'public/index.html': '<html></html>',
  'package.json': JSON.stringify({ name: 'my-app', ...(homepage !== undefined && { homepage }) }),
  '.env': 'PUBLIC_URL=https://cdn.example/app\n',
  ...more,
});

async function severities(files: Readonly<Record<string, string>>, url?: string) {
  const findings = await csp.check({
    root: '/project',
    files: memoryFiles(files),
    dir: 'src/lib',
    form: 'typescript',
    env: {},
    run: async () => ({ status: 1, output: '', isMissing: false }),
    ...(url !== undefined && { url }),
  });
  return findings.map(({ code, severity }) => [code, severity]);
}

test.each<[name: string, homepage: string | undefined, url: string | undefined, severity: string | null]>([
  ['a hint where nothing says where the page is', undefined, undefined, 'info'],
  ['a hint where the homepage is a path', '/app', undefined, 'info'],
  ['a warning where the homepage names another host', 'https://app.example', undefined, 'warning'],
  ['a warning where the deployed site is on another host', undefined, 'https://app.example/', 'warning'],
  ['nothing where the homepage is on that host', 'https://cdn.example/app', undefined, null],
  ['nothing where the deployed site is, whatever homepage says', 'https://app.example', 'https://cdn.example/x', null],
])('files at a whole address, of which no policy is known, are %s', async (_name, homepage, url, severity) => {
  const expected = severity === null ? [] : [['CSP_OTHER_ORIGIN', severity]];
  expect(await severities(foreign(homepage), url)).toEqual(expected);
});

test('a policy that forbids blobs is an error where the page is surely elsewhere, otherwise a warning', async () => {
  const policy = `script-src https: 'wasm-unsafe-eval'; worker-src 'self'`;
  const files = foreign(undefined, {
    'public/index.html': `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
  });
  expect(await severities(files)).toEqual([['CSP_BLOB_WORKER', 'warning']]);
  expect(await severities(files, 'https://app.example')).toEqual([['CSP_BLOB_WORKER', 'error']]);
  expect(await severities(files, 'https://cdn.example')).toEqual([]);
});
