/**
 * What TypeScript 4.9 and 5 do not know in an app whose tsconfig says `moduleResolution: node`, as that of Create React App always does.
 * An app asks for it once: `/// <reference types="zero-backend-sync/types" />` beside the reference to react-scripts.
 */

/** A WebAssembly module, instantiated with the given imports. The same function whether the bytes are inlined or a file. */
declare module '*.wasm' {
  const instantiate: (imports?: WebAssembly.Imports) => Promise<WebAssembly.WebAssemblyInstantiatedSource>;
  export default instantiate;
}

declare module 'nostr-tools/pure' {
  export * from 'nostr-tools/lib/types/pure';
  // TypeScript 4.9 does not follow the `.ts` in the line of that file that re-exports these.
  export * from 'nostr-tools/lib/types/core';
}
declare module 'nostr-tools/nip19' {
  export * from 'nostr-tools/lib/types/nip19';
}
declare module 'nostr-tools/nip42' {
  export * from 'nostr-tools/lib/types/nip42';
}
declare module 'nostr-tools/filter' {
  export * from 'nostr-tools/lib/types/filter';
}
declare module 'nostr-tools/utils' {
  export * from 'nostr-tools/lib/types/utils';
}

/** What `import * as module from './x.rpc'` gives as `module.default`: starts the worker; its functions answer with promises. */
type Workerized<Module> = Worker & {
  readonly [
    Name in keyof Module as Module[Name] extends (...parameters: never[]) => unknown ? Name : never
  ]: Module[Name] extends (...parameters: infer Parameters) => infer Result
    ? (...parameters: Parameters) => Promise<Awaited<Result>>
    : never;
};
