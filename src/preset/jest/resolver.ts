/**
 * Finds what Jest 27 does not: packages by the `exports` of their package.json, such as mingo, which RxDB stands on, and the compiled
 * AssemblyScript of tests. Whatever the user's own resolver or Jest's finds is taken first.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { resolverVariable } from './config';
import type { ResolverSettings } from './config';

interface ResolveOptions {
  readonly basedir: string;
  defaultResolver(request: string, options: ResolveOptions): string;
}
type Resolver = (request: string, options: ResolveOptions) => string;

const settings = JSON.parse(process.env[resolverVariable] ?? '{}') as Partial<ResolverSettings>;
const next = settings.next === undefined ? undefined : loadResolver(settings.next);

const resolve: Resolver = (request, options) => {
  const wasm = findTestWasm(request, options);
  if (wasm !== undefined) return wasm;
  try {
    return next ? next(request, options) : options.defaultResolver(request, options);
  } catch (error) {
    const found = isPackage(request) ? findByExports(request, options) : undefined;
    if (found === undefined) throw error;
    return found;
  }
};

function findTestWasm(request: string, { basedir }: ResolveOptions): string | undefined {
  const { appPath, wasmFolder } = settings;
  if (appPath === undefined || wasmFolder === undefined || !request.endsWith('.wasm')) return undefined;
  const file = path.join(wasmFolder, path.relative(appPath, path.resolve(basedir, request)));
  return existsSync(file) ? file : undefined;
}

function isPackage(request: string): boolean {
  return /^[@\w]/.test(request) && !path.isAbsolute(request);
}

/** As Node does for CommonJS. */
function findByExports(request: string, { basedir }: ResolveOptions): string | undefined {
  try {
    return createRequire(path.join(basedir, 'importer.js')).resolve(request);
  } catch {
    return undefined;
  }
}

function loadResolver(request: string): Resolver {
  const module = createRequire(__filename)(request) as
    Resolver | { readonly sync?: Resolver; readonly default?: Resolver };
  const resolver = typeof module === 'function' ? module : (module.sync ?? module.default);
  if (!resolver)
    throw new Error(`The Jest resolver ${request} is neither a function nor an object with one named sync.`);
  return resolver;
}

// Jest 27 takes the module itself for the function.
module.exports = resolve;
