/** What a build does and says about workers whose files are elsewhere than the page, or whose globals are not those of a page. */
import { webpack } from 'webpack';
import { foreignOrigin, remarkOnOrigin } from '../../src/preset/public-url';
import { correctOutput } from '../../src/preset/webpack/output';

test.each([
  ['https://cdn.example/app/', 'https://cdn.example'],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ['//cdn.example/', 'https://cdn.example'],
  ['/sub/', undefined],
  ['.', undefined],
  ['auto', undefined],
  ['', undefined],
  ['https://', undefined],
])('the files of %j come from %s', (publicUrl, origin) => {
  expect(foreignOrigin(publicUrl)).toBe(origin);
});

test('a build says what files on another origin need, and nothing of those on the page’s', () => {
  expect(remarkOnOrigin('https://cdn.example/app/')).toMatch(
    /worker-src 'self' blob:.*https:\/\/cdn\.example in script-src/,
  );
  for (const publicPath of ['/', '/sub/', 'auto', undefined, () => 'https://cdn.example'])
    expect(remarkOnOrigin(publicPath)).toBeUndefined();
});

test.each([
  ['window', 'self'],
  ['window.top', 'self'],
  ['document.defaultView', 'self'],
  ['globalThis', 'globalThis'],
  ["(typeof self !== 'undefined' ? self : window)", "(typeof self !== 'undefined' ? self : window)"],
  [undefined, 'self'],
])('with output.globalObject %j, code in a worker asks for %j', (globalObject, used) => {
  const compiler = webpack({
    target: 'web',
    entry: {},
    output: { ...(globalObject !== undefined && { globalObject }) },
    plugins: [correctOutput],
  });
  expect(compiler?.options.output.globalObject).toBe(used);
});
