/** The globals of a browser that jsdom lacks and the engine, RxDB and nostr-tools use. What is there is left alone. */
import { webcrypto } from 'node:crypto';
import { TextDecoder, TextEncoder } from 'node:util';
import { runInThisContext } from 'node:vm';
import { realTimers, TIMERS_KEY } from './real-timers';

/** Node's own, from outside of jsdom's realm. */
const ofNode = (name: string): unknown => runInThisContext(`globalThis.${name}`);

const missing: { readonly [name: string]: () => unknown } = {
  TextEncoder: () => TextEncoder,
  TextDecoder: () => TextDecoder,
  structuredClone: () => ofNode('structuredClone'),
  CompressionStream: () => ofNode('CompressionStream'),
  DecompressionStream: () => ofNode('DecompressionStream'),
  ReadableStream: () => ofNode('ReadableStream'),
  WritableStream: () => ofNode('WritableStream'),
  TransformStream: () => ofNode('TransformStream'),
  Response: () => ofNode('Response'),
  BroadcastChannel: () => ofNode('BroadcastChannel'),
  DOMException: () => ofNode('DOMException'),
};

for (const [name, value] of Object.entries(missing)) {
  if (!(name in globalThis)) define(name, value());
}
// jsdom has a `crypto` of random values only.
if (!globalThis.crypto?.subtle) define('crypto', webcrypto);

// Files of this kind run before Jest fakes anything, also where its settings fake timers for all tests. Where test files share a realm, the first one counts.
if (!(Symbol.for(TIMERS_KEY) in globalThis)) {
  Object.defineProperty(globalThis, Symbol.for(TIMERS_KEY), { value: realTimers() });
}

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}
