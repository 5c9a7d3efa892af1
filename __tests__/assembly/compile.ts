/**
 * Compiles AssemblyScript for tests in a process of its own: the compiler is an ES module, which Jest's realm cannot import. One process serves a
 * test file: to start it takes longer than many compilations.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompileRequest, CompileResult } from '../../src/preset/assembly-script';
import { saltSource } from '../../src/preset/salt';

export const projectRoot = join(__dirname, '../..');

type Answer = Omit<CompileResult, 'bytes'> & {
  readonly base64: string;
  readonly thrown?: { readonly code?: string; readonly message: string };
};

let compiler: ChildProcess | undefined;
let nextId = 0;
afterAll(() => void compiler?.kill());

/** @throws the `{ code, message }` that the compiler threw, as an error */
export async function compileAll(requests: readonly CompileRequest[]): Promise<readonly CompileResult[]> {
  const answers: CompileResult[] = [];
  for (const request of requests) answers.push(await compile(request));
  return answers;
}

export async function compile(request: CompileRequest): Promise<CompileResult> {
  const { thrown, base64, ...result } = await ask((compiler ??= startCompiler()), request);
  if (thrown) throw Object.assign(new Error(thrown.message), { code: thrown.code });
  return { ...result, bytes: Uint8Array.from(Buffer.from(base64, 'base64')) };
}

function startCompiler(): ChildProcess {
  return fork(join(__dirname, 'compile-request.ts'), {
    execArgv: ['--import', 'tsx'],
    cwd: projectRoot,
    env: { PATH: process.env.PATH, HOME: process.env.HOME } as unknown as NodeJS.ProcessEnv,
  });
}

/** The process answers one request after the other, in their order. */
function ask(child: ChildProcess, request: CompileRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const id = nextId++;
    const stop = () => child.off('message', receive).off('exit', fail);
    const receive = (message: { readonly id: number; readonly answer: Answer }) => {
      if (message.id !== id) return;
      stop();
      resolve(message.answer);
    };
    const fail = () => {
      stop();
      compiler = undefined;
      reject(new Error('The compiler ended before it answered.'));
    };
    child.on('message', receive).on('exit', fail).send({ id, request });
  });
}

/** The black box of this repository with another salt. */
export async function compileBlackBox(salt: Uint8Array): Promise<Uint8Array> {
  const [module] = await compileBlackBoxes([saltSource(salt)]);
  return module!;
}

/** One for each source that serves as `salt.generated`. */
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
