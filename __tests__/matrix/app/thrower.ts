/** A native worker that fails at a known line. */
function failAtThisLine(): never {
  throw new Error('thrown in a native worker');
}

globalThis.onmessage = () => failAtThisLine();

export {};
