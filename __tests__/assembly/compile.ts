/** Compiles AssemblyScript for tests in a process of its own: the compiler is an ES module, which Jest's realm cannot import. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { CompileRequest, CompileResult } from '../../src/preset/assembly-script';
import { saltSource } from '../../src/preset/salt';

export const projectRoot = join(__dirname, '../..');

type Answer = Omit<CompileResult, 'bytes'> & {
  readonly base64: string;
  readonly thrown?: { readonly code?: string; readonly message: string };
};

/** @throws the `{ code, message }` that the compiler threw, as an error */
export async function compileAll(
  requests: readonly CompileRequest[],
  env: { readonly [name: string]: string } = {},
): Promise<readonly CompileResult[]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', join(__dirname, 'compile-request.ts'), JSON.stringify(requests)],
    { cwd: projectRoot, env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env } as unknown as NodeJS.ProcessEnv, maxBuffer: 2 ** 26 },
  );
  return (JSON.parse(stdout) as Answer[]).map(({ thrown, base64, ...result }) => {
    if (thrown) throw Object.assign(new Error(thrown.message), { code: thrown.code });
    return { ...result, bytes: Uint8Array.from(Buffer.from(base64, 'base64')) };
  });
}

export async function compile(request: CompileRequest, env?: { readonly [name: string]: string }): Promise<CompileResult> {
  const [result] = await compileAll([request], env);
  return result!;
}

/** The black box of this repository with another salt. */
export async function compileBlackBox(salt: Uint8Array): Promise<Uint8Array> {
  const [module] = await compileBlackBoxes([saltSource(salt)]);
  return module!;
}

/** One for each source that serves as `salt.generated`, all in one process: starting the compiler takes longer than compiling. */
export function compileBlackBoxes(saltSources: readonly string[]): Promise<readonly Uint8Array[]> {
  return withFolder(async (folder) => {
    const requests = saltSources.map((source, i) => {
      const saltFile = join(folder, `salt-${i}.ts`);
      writeFileSync(saltFile, source);
      const outFile = join(folder, `crypto-${i}.wasm`);
      return { root: projectRoot, entry: 'src/lib/worker/crypto.asm.ts', outFile, saltSource: saltFile };
    });
    const results = await compileAll(requests);
    const errors = results.flatMap((result) => result.errors);
    if (errors.length > 0) throw new Error(JSON.stringify(errors));
    return results.map(({ bytes }) => bytes);
  });
}

export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'zbs-test-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
