/** What a tool's configuration is after the preset has been put around it: all that it was, and sync. */
import type { RsbuildPlugin } from '@rsbuild/core';
import type { IncomingMessage } from 'node:http';
import {
  pluginZeroBackendSync,
  withDevServer,
  withVueCli,
  withZeroBackendSync,
  ZeroBackendSyncPlugin,
} from '../../../src/preset/webpack';
import { refuseHtmlForWasm } from '../../../src/preset/webpack/rsbuild';

// It compiles, in a process of its own.
jest.mock('../../../src/preset/jest', () => ({ jestConfig: (config: object) => ({ ...config, isOurs: true }) }));

const ours = expect.any(ZeroBackendSyncPlugin);
const other = { apply: () => undefined };
const isExtended = { setupMiddlewares: expect.any(Function) };

describe('react-app-rewired', () => {
  const change = (config: object, env: string) => ({ ...config, env, plugins: [other] });

  test.each([
    ['a function', change],
    [
      'a function with others as its properties',
      Object.assign((config: object, env: string) => change(config, env), {}),
    ],
    ['an object', { webpack: change }],
  ])('has what %s does, and the plugin behind it', (_what, overrides) => {
    expect(withZeroBackendSync(overrides as never).webpack?.({ name: 'made' }, 'production')).toEqual({
      name: 'made',
      env: 'production',
      plugins: [other, ours],
    });
  });

  test('has the plugin where nothing was overridden', () => {
    expect(withZeroBackendSync().webpack?.({ plugins: [other] }, 'production')).toEqual({ plugins: [other, ours] });
  });

  test('keeps jest, devServer, paths and whatever else there is', () => {
    const paths = (given: object) => given;
    const overrides = withZeroBackendSync({
      jest: (config) => ({ ...config, resolver: 'own' }),
      devServer:
        (make) =>
        (...given) => ({ ...make(...given), compress: false }),
      paths,
      ...{ more: 1 },
    });
    expect(overrides).toMatchObject({ paths, more: 1 });
    expect(overrides.jest?.({ setupFiles: [] })).toEqual({ setupFiles: [], resolver: 'own', isOurs: true });
    const make = overrides.devServer?.((proxy) => ({ proxy }) as never);
    expect(make?.('proxy', 'host')).toEqual({ proxy: 'proxy', compress: false, ...isExtended });
  });

  test('takes overrides that change what they are given and return nothing', () => {
    const overrides = withZeroBackendSync({
      webpack: (config) => void Object.assign(config, { name: 'changed' }) as never,
    });
    expect(overrides.webpack?.({}, 'production')).toEqual({ name: 'changed', plugins: [ours] });
  });
});

describe('Vue CLI', () => {
  interface Made {
    readonly configureWebpack: (config: object) => object;
    readonly devServer: object;
    readonly lintOnSave?: boolean;
  }
  const made = (config: unknown) => config as Made;

  test.each([
    ['an object', { performance: {}, plugins: [other] }, { performance: {}, plugins: [other, ours] }],
    ['a function that returns', () => ({ plugins: [other] }), { plugins: [other, ours] }],
    ['a function that changes', () => undefined, { plugins: [ours] }],
    ['nothing', undefined, { plugins: [ours] }],
  ])('has the plugin beside configureWebpack that is %s', (_what, configureWebpack, expected) => {
    const config = made(withVueCli({ configureWebpack, lintOnSave: false } as object));
    expect(config.configureWebpack({})).toEqual(expected);
    expect(config.lintOnSave).toBe(false);
  });

  test('gives a function the configuration that it changes', () => {
    const configureWebpack = jest.fn();
    const given = { name: 'made' };
    made(withVueCli({ configureWebpack })).configureWebpack(given);
    expect(configureWebpack).toHaveBeenCalledWith(given);
  });

  test('keeps the server’s settings, and a configuration that is a function, also one that takes its time', async () => {
    const config = { devServer: { port: 1 } };
    expect(made(withVueCli(config)).devServer).toEqual({ port: 1, ...isExtended });
    expect(made(withVueCli(() => config)()).devServer).toEqual({ port: 1, ...isExtended });
    expect(made(await withVueCli(async () => config)()).devServer).toEqual({ port: 1, ...isExtended });
    expect(made(withVueCli()).devServer).toEqual(isExtended);
  });
});

test('the server of an ejected app is extended as a configuration and as a function that makes one', () => {
  expect(withDevServer({ port: 1 })).toEqual({ port: 1, ...isExtended });
  const make = withDevServer((proxy: string, host: string) => ({ host: `${proxy} ${host}` }));
  expect(make('a', 'b')).toEqual({ host: 'a b', ...isExtended });
});

test.each([withDevServer, withVueCli, withZeroBackendSync])('a misspelt option is refused at once', (wrap) => {
  expect(() => (wrap as (config: object, options: object) => unknown)({}, { wsam: 'asset' })).toThrow(
    expect.objectContaining({ code: 'OPTIONS_INVALID' }),
  );
  expect(() => pluginZeroBackendSync({ wsam: 'asset' } as never)).toThrow(
    expect.objectContaining({ code: 'OPTIONS_INVALID' }),
  );
});

test('the plugin of Rsbuild is one by its types', () => {
  const plugin: RsbuildPlugin = pluginZeroBackendSync();
  expect(plugin.name).toBe('zero-backend-sync');
});

test.each([
  ['/static/x.wasm', 'application/wasm'],
  ['/x.wasm?v=1', 'application/wasm'],
  ['/notes?file=x.wasm', '*/*'],
  ['/', '*/*'],
])('Rsbuild is asked for %s as %s', (url, accept) => {
  const request = { url, headers: { accept: '*/*' } } as IncomingMessage;
  const next = jest.fn();
  refuseHtmlForWasm(request, undefined as never, next);
  expect(request.headers.accept).toBe(accept);
  expect(next).toHaveBeenCalledWith();
});
