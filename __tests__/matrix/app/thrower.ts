/** A native worker that fails at a known line. */
/* global globalThis */
function failAtThisLine(): never {
  throw new Error('thrown in a native worker');
}

globalThis.onmessage = () => failAtThisLine();

export {};
