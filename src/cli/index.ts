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

// Who reads the output may go before its end (`| head`, a terminal that is closed). What is being changed is finished all the same.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code !== 'EPIPE' && code !== 'EIO') throw new Error(message);
  });
}

const program = buildProgram(version, execute);
const isJson = process.argv.includes('--json');
// A command or flag that does not exist is refused as everything else is; help and version are fine.
for (const command of [program, ...program.commands, ...program.commands.flatMap((group) => group.commands)]) {
  if (isJson) command.showHelpAfterError(false).configureOutput({ outputError: () => {} });
  command.exitOverride(({ exitCode, code, message }) => {
    const status = exitCode === 0 ? ExitStatus.Ok : ExitStatus.Refused;
    if (isJson && status !== ExitStatus.Ok) {
      const text =
        code === 'commander.help' ? 'No command is named. --help lists them.' : message.replace(/^error: /, '');
      const json = { status, code: 'OPTION_INVALID', message: text, next: [] };
      fs.writeSync(process.stdout.fd, `${JSON.stringify(json, null, 2)}\n`);
    }
    process.exit(status);
  });
}
void program.parseAsync(process.argv);
