/** Runs in a process of its own for `compile.ts`: takes requests on the command line and answers on standard output, both JSON. */
import { compileAssemblyScript, type CompileRequest } from '../../src/preset/assembly-script';

async function answer(request: CompileRequest): Promise<object> {
  try {
    const { bytes, ...result } = await compileAssemblyScript(request);
    return { ...result, base64: Buffer.from(bytes).toString('base64') };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return { thrown: { code, message } };
  }
}

async function main(): Promise<void> {
  const answers: object[] = [];
  for (const request of JSON.parse(process.argv[2]!) as CompileRequest[]) answers.push(await answer(request));
  console.log(JSON.stringify(answers));
}

void main();
