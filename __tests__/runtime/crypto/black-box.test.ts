import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ErrorCode } from '../../../src/runtime/core/errors';
import { loadBlackBox } from '../../../src/runtime/crypto/black-box';
import inlined from '../../../src/lib/worker/crypto.wasm';

const bytes = readFileSync(join(__dirname, '../../../src/lib/worker/crypto.wasm'));
let server: Server | undefined;

afterEach(() => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve())));

async function serve(answer: RequestListener): Promise<string> {
  server = createServer((request, response) => {
    response.setHeader('connection', 'close');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/crypto.wasm`;
}

describe('the black box loads', () => {
  test('from inlined bytes, as wasm-loader delivers them', async () => {
    expect((await loadBlackBox(inlined)).step(1)).toBe(0);
  });

  test('a new one each time: a derivation cannot disturb another', async () => {
    const [one, other] = [await loadBlackBox(inlined), await loadBlackBox(inlined)];
    expect(one.begin(4, 4, 100_000)).toBe(1);
    expect(other.begin(4, 4, 100_000)).toBe(1);
  });

  test('from a URL, streaming, where the server names the MIME type', async () => {
    const streaming = jest.spyOn(WebAssembly, 'instantiateStreaming');
    const url = await serve((_request, response) => response.setHeader('content-type', 'application/wasm').end(bytes));
    expect((await loadBlackBox(url)).step(1)).toBe(0);
    expect(streaming).toHaveBeenCalledTimes(1);
    streaming.mockRestore();
  });

  test.each(['application/octet-stream', undefined])('from a URL with the MIME type %s', async (type) => {
    const url = await serve((_request, response) =>
      (type ? response.setHeader('content-type', type) : response).end(bytes),
    );
    expect((await loadBlackBox(url)).step(1)).toBe(0);
  });
});

describe('the black box loads from what an import of its module gives', () => {
  const shared = async () => (await WebAssembly.instantiate(bytes, {})).instance.exports;

  test.each([
    ['a module whose default instantiates', async () => ({ default: inlined })],
    ['a function that imports such a module', async () => () => Promise.resolve({ default: inlined })],
    ['the functions of a module that is instantiated', shared],
    ['a function that imports such a module', async () => async () => ({ ...(await shared()) })],
    ['what has an instance', () => WebAssembly.instantiate(bytes, {})],
  ])('%s', async (_name, source) => {
    expect((await loadBlackBox(await source())).step(1)).toBe(0);
  });

  test('a module whose default is the address of a file', async () => {
    const url = await serve((_request, response) => response.end(bytes));
    expect((await loadBlackBox(() => Promise.resolve({ default: url }))).step(1)).toBe(0);
  });

  test('a module that is instantiated gives the same black box to all', async () => {
    const module = await shared();
    const load = () => loadBlackBox(() => Promise.resolve(module));
    expect(await load()).toBe(await load());
  });
});

describe('a black box of another version than the runtime is refused with what to do', () => {
  const withAbi = (abi?: unknown) => async () => ({ instance: { exports: { abi } } }) as never;
  test.each([
    ['without abi()', undefined, 'does not export abi() and is older', 'npx zero-backend-sync update'],
    ['of interface 0', () => 0, 'has interface 0 and is older', 'npx zero-backend-sync update'],
    ['of interface 2', () => 2, 'has interface 2 and is newer', 'npm install zero-backend-sync@latest'],
  ])('%s', async (_name, abi, what, remedy) => {
    const loading = loadBlackBox(withAbi(abi));
    await expect(loading).rejects.toMatchObject({ code: ErrorCode.BlackBoxFailed });
    await expect(loading).rejects.toThrow(what);
    await expect(loading).rejects.toThrow(`Run "${remedy}"`);
  });
});

describe('says why it cannot be loaded', () => {
  test('when the file is missing', async () => {
    const url = await serve((_request, response) => response.writeHead(404).end());
    await expect(loadBlackBox(url)).rejects.toMatchObject({
      code: ErrorCode.BlackBoxFailed,
      message: expect.stringContaining('404'),
    });
  });

  test('when a page comes in its place', async () => {
    const url = await serve((_request, response) =>
      response.setHeader('content-type', 'text/html').end('<!doctype html>'),
    );
    await expect(loadBlackBox(url)).rejects.toMatchObject({ code: ErrorCode.BlackBoxFailed });
  });

  test('when its module cannot be imported', async () => {
    const loading = loadBlackBox(() => Promise.reject(new TypeError('Failed to fetch dynamically imported module')));
    await expect(loading).rejects.toMatchObject({ code: ErrorCode.BlackBoxFailed });
    await expect(loading).rejects.toThrow('Failed to fetch dynamically imported module');
  });

  test('when the policy of the page forbids it', async () => {
    const refuse = () =>
      Promise.reject(
        new WebAssembly.CompileError("violates the following Content Security Policy directive: 'unsafe-eval'"),
      );
    await expect(loadBlackBox(refuse)).rejects.toMatchObject({
      code: ErrorCode.BlackBoxFailed,
      message: expect.stringContaining("'wasm-unsafe-eval'"),
    });
  });
});
