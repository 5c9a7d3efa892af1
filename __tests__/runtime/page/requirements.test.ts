import { ErrorCode } from '../../../src/runtime/core/errors';
import { checkRequirements } from '../../../src/runtime/page/requirements';

const complete = {
  crypto: { subtle: {} },
  WebAssembly: {},
  indexedDB: {},
  navigator: { locks: {} },
  Worker: class {},
  CompressionStream: class {},
};
const check = (scope: object) => checkRequirements(scope as typeof globalThis);

test('a browser that has everything passes', () => {
  expect(() => check(complete)).not.toThrow();
});

const deflateUnknown = class {
  constructor() {
    throw new TypeError("Unsupported compression format: 'deflate-raw'");
  }
};

test.each([
  ['crypto.subtle', { crypto: {} }, 'https'],
  ['WebAssembly', { WebAssembly: undefined }, 'Lockdown'],
  ['IndexedDB', { indexedDB: undefined }, 'private window'],
  ['Web Locks', { navigator: {} }, 'Safari 16.4'],
  ['Web Workers', { Worker: undefined }, 'Safari 16.4'],
  ['CompressionStream', { CompressionStream: undefined }, 'Safari 16.4'],
  ['deflate-raw', { CompressionStream: deflateUnknown }, 'Safari 16.4'],
])('without %s it says so, and how to get it', (what, missing, how) => {
  const checking = () => check({ ...complete, ...missing });
  expect(checking).toThrow(expect.objectContaining({ code: ErrorCode.EnvironmentUnsupported }));
  expect(checking).toThrow(what);
  expect(checking).toThrow(how);
});
