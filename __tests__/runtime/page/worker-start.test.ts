/** How a worker is started whose script the browser refuses; in a real one: e2e/policies.test.ts. */
import { ErrorCode } from '../../../src/runtime/core/errors';
import { createWorkerStarter } from '../../../src/runtime/page/worker-start';

interface Started {
  readonly script: string;
}

/** @param refuse throws as a browser's constructor would. */
function page(script: string, refuse: (given: string) => void = () => {}) {
  const listeners = new Set<(event: { readonly effectiveDirective: string }) => void>();
  class Worker implements Started {
    readonly script: string;
    constructor(given: string | URL) {
      refuse(String(given));
      this.script = String(given);
    }
  }
  const scope = {
    Worker,
    location: { origin: 'https://app.example' },
    document: {
      baseURI: 'https://app.example/notes/',
      addEventListener: (_name: string, listener: never) => listeners.add(listener),
      removeEventListener: (_name: string, listener: never) => listeners.delete(listener),
    },
  };
  const starter = createWorkerStarter<Started>(() => new scope.Worker(script), scope as never);
  const violate = (effectiveDirective: string) => listeners.forEach((listener) => listener({ effectiveDirective }));
  return { scope, Worker, starter, violate, listeners };
}

const isBlob = (given: string) => given.startsWith('blob:');
const foreign = 'https://cdn.example/static/js/worker.js';
const refuseForeign = (given: string) => {
  if (!isBlob(given)) throw new DOMException('cannot be accessed from origin', 'SecurityError');
};

test('a script that the browser takes is started as it is, again and again', () => {
  const { starter } = page('/static/js/worker.js');
  expect(starter.start().script).toBe('/static/js/worker.js');
  starter.noteFailure('its script could not be loaded');
  expect(starter.start().script).toBe('/static/js/worker.js');
  expect(starter.blockedBy('its script could not be loaded')).toBeUndefined();
});

test('one of another origin is started through a blob at once where the constructor throws', () => {
  const { starter, scope, Worker } = page(foreign, refuseForeign);
  expect(isBlob(starter.start().script)).toBe(true);
  expect(scope.Worker).toBe(Worker);
  expect(isBlob(starter.start().script)).toBe(true);
});

test('and at the next start where it only says that there was an error', () => {
  const { starter } = page(foreign);
  expect(starter.start().script).toBe(foreign);
  starter.noteFailure('its script could not be loaded');
  expect(isBlob(starter.start().script)).toBe(true);
  expect(starter.isBlocked).toBe(false);
  expect(starter.blockedBy('NetworkError')).toMatchObject({
    code: ErrorCode.WorkerBlocked,
    message: expect.stringMatching(/https:\/\/cdn\.example in script-src.*PUBLIC_URL/),
  });
});

test.each([
  ['a policy against workers of the own origin', 'worker-src', ''],
  ['Trusted Types in the worker', '', "This document requires 'TrustedScriptURL' assignment."],
])('%s leads to a blob, too', (_which, directive, reason) => {
  const { starter, violate } = page('/worker.js');
  starter.start();
  violate(directive);
  starter.noteFailure(reason);
  expect(isBlob(starter.start().script)).toBe(true);
});

test('what is refused both ways is blocked, with what to allow', () => {
  const { starter, violate } = page('/worker.js');
  starter.start();
  violate('worker-src');
  starter.noteFailure('its script could not be loaded');
  starter.start();
  violate('img-src');
  expect(starter.isBlocked).toBe(false);
  violate('worker-src');
  starter.noteFailure('its script could not be loaded');
  expect(starter.isBlocked).toBe(true);
  expect(starter.blockedBy('its script could not be loaded')?.message).toContain("worker-src 'self' blob:");
});

test('a constructor that throws for the blob as well is blocked at once', () => {
  const { starter, scope, Worker } = page(foreign, () => {
    throw new TypeError('not here');
  });
  expect(() => starter.start()).toThrow('not here');
  expect(starter.isBlocked).toBe(true);
  expect(scope.Worker).toBe(Worker);
});

test('an error of the code that makes the worker is no refusal of the browser', () => {
  const { scope } = page(foreign);
  const starter = createWorkerStarter(() => {
    throw new Error('a slip');
  }, scope as never);
  expect(() => starter.start()).toThrow('a slip');
  starter.noteFailure('a slip');
  expect(starter.isBlocked).toBe(false);
  expect(starter.blockedBy('a slip')).toBeUndefined();
});

test('where there is no page, nothing stands in for anything', () => {
  const starter = createWorkerStarter(() => {
    throw new Error('a slip');
  }, {} as never);
  expect(() => starter.start()).toThrow('a slip');
  starter.noteFailure('a slip');
  expect(starter.blockedBy('a slip')).toBeUndefined();
  starter.end();
});

test('nothing is listened to after the end', () => {
  const { starter, listeners } = page(foreign);
  expect(listeners.size).toBe(1);
  starter.end();
  expect(listeners.size).toBe(0);
});
