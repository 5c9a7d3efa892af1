#!/usr/bin/env node
/** The entry of `npx zero-backend-sync`. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { ExitStatus } from './commands/context';
import { execute } from './execute';
import { packageRoot } from './package-root';
import { buildProgram } from './program';

const { version } = JSON.parse(fs.readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')) as {
  readonly version: string;
};

// Who reads the output may go before its end (`| head`). What is being changed is finished all the same.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const program = buildProgram(version, execute);
// A command or flag that does not exist is refused as everything else is; help and version are fine.
for (const command of [program, ...program.commands, ...program.commands.flatMap((group) => group.commands)]) {
  command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? ExitStatus.Ok : ExitStatus.Refused));
}
void program.parseAsync(process.argv);
