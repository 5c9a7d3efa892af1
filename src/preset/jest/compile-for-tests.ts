/** A program of its own, so that Jest's configuration can wait for the compiler: reads the app from its input, says on stderr what is wrong. */
import { readFileSync } from 'node:fs';
import type { AppContext } from '../app';
import { compileEntries } from '../assembly-entries';
import { describeError } from '../kit-error';
import { testWasmFolder } from './config';

async function main(): Promise<void> {
  const app = JSON.parse(readFileSync(0, 'utf8')) as AppContext;
  const { errors, unsalted } = await compileEntries(app, 'release', testWasmFolder(app.appPath));
  const [wrong] = unsalted;
  // Tests need no salt, so there is one, and it is a wrong one.
  if (wrong !== undefined) throw wrong.error;
  for (const { file, line, column, message } of errors) console.error(`${file}:${line}:${column} ${message}`);
  if (errors.length > 0) process.exitCode = 1;
}

main().catch((error: unknown) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
