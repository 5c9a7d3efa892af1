/**
 * What TypeScript does not know by itself in an app that has the kit: modules of WebAssembly, workers of workerize-loader, and AssemblyScript.
 * Every public entry of zero-backend-sync refers to this file. An app whose own modules need it before they import one asks for it with
 * `/// <reference types="zero-backend-sync/types" />`.
 */
/// <reference path="./assembly-script.d.ts" />

/** A WebAssembly module, instantiated with the given imports. The same function whether the bytes are inlined or a file. */
declare module '*.wasm' {
  const instantiate: (imports?: WebAssembly.Imports) => Promise<WebAssembly.WebAssemblyInstantiatedSource>;
  export default instantiate;
}

/** What `import * as module from './x.rpc'` gives as `module.default`: starts the worker; its functions answer with promises. */
type Workerized<Module> = Worker & {
  readonly [
    Name in keyof Module as Module[Name] extends (...parameters: never[]) => unknown ? Name : never
  ]: Module[Name] extends (...parameters: infer Parameters) => infer Result
    ? (...parameters: Parameters) => Promise<Awaited<Result>>
    : never;
};
