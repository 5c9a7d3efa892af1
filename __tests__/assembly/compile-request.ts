/** Runs in a process of its own for `compile.ts`, and answers its messages until it is ended. */
import { compileAssemblyScript, type CompileRequest } from '../../src/preset/assembly-script';

let last = Promise.resolve();

process.on('message', ({ id, request }: { readonly id: number; readonly request: CompileRequest }) => {
  // One after the other: the compiler is not made for two at once.
  last = last.then(async () => void process.send!({ id, answer: await answer(request) }));
});
process.on('disconnect', () => process.exit());

async function answer(request: CompileRequest): Promise<object> {
  try {
    const { bytes, ...result } = await compileAssemblyScript(request);
    return { ...result, base64: Buffer.from(bytes).toString('base64') };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { thrown: { code, message } };
  }
}
