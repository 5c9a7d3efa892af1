/** Runs a command for the process: its context, Ctrl-C, its exit status, and how failures are reported. */
import { once } from 'node:events';
import * as fs from 'node:fs';
import pc from 'picocolors';
import { KitError } from '../preset/kit-error';
import { AnswersNeeded } from './answers';
import { ExitStatus, openContext, type CommandContext, type CommandResult } from './commands/context';
import { harmless } from './harmless-text';
import type { Execute } from './program';
import { fit, widthOf } from './layout';
import { Cancelled, forStream } from './terminal';
import { VerifyCode } from './verify/failure';

export const execute: Execute = async ({ json = false, cwd = '.' }, command) => {
  const interrupt = new AbortController();
  // Whoever presses Ctrl-C again does not want to wait; the next command puts back what was begun.
  const onSignal = () => (interrupt.signal.aborted ? process.exit(ExitStatus.Cancelled) : interrupt.abort());
  for (const name of endingSignals) process.on(name, onSignal);
  const restoreOutput = json ? outputToError() : () => {};
  try {
    const result = await outcomeOf(async () => {
      if (!fs.statSync(cwd, { throwIfNoEntry: false })?.isDirectory())
        throw new KitError('FOLDER_MISSING', `There is no folder ${cwd}. Nothing was changed. Correct --cwd.`);
      return command(openContext({ cwd, json, signal: interrupt.signal }));
    });
    if ('message' in result.json && !json)
      await written(
        process.stderr,
        `${forStream(process.stderr, pc.red(fit(harmless(String(result.json.message)), widthOf(process.stderr))))}\n`,
      );
    restoreOutput();
    const isRunning = result.stop !== undefined;
    const { status, next } = result;
    // Of a program that goes on, one line is read without waiting for its end.
    const printed = JSON.stringify({ status, ...result.json, next }, null, isRunning ? 0 : 2);
    if (json) await written(process.stdout, `${printed}\n`);
    await written(process.stdout, '');
    if (isRunning) {
      if (!interrupt.signal.aborted) await once(interrupt.signal, 'abort');
      await result.stop();
    }
    // What was under way, or what code of the app has started (a driver of verify), may hold the process for ever.
    process.exit(result.status);
  } finally {
    restoreOutput();
    for (const name of endingSignals) process.off(name, onSignal);
  }
};

/** Code of the app that runs in this process (the configuration of its Prettier, a driver of verify) may print, and standard output is one object. */
function outputToError(): () => void {
  const { write } = process.stdout;
  process.stdout.write = process.stderr.write.bind(process.stderr) as typeof write;
  return () => {
    process.stdout.write = write;
  };
}

/** Ctrl-C, the end of a build, and the terminal that is closed: what was begun is put back, and browsers and servers end. */
const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Resolves when all that was written so far is out, or nobody reads it any more. */
function written(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => void stream.write(text, () => resolve()));
}

/** A command's result; a failure of it is a result, too. */
export async function outcomeOf(command: () => Promise<CommandResult>): Promise<CommandResult> {
  try {
    return await command();
  } catch (error) {
    if (error instanceof Cancelled) return failed(ExitStatus.Cancelled, 'CANCELLED', error.message);
    if (error instanceof KitError) return failed(statusOf(error), error.code, error.message, error.details);
    const message = error instanceof Error ? error.message : String(error);
    if (Object(error).code === 'MODULE_NOT_FOUND') {
      const text = `${message.split('\n')[0]}: the packages that this command needs are not installed, or not all of them. Install the app's packages (npm ci), or run the command from a tarball of the kit.`;
      return failed(ExitStatus.Failed, 'PACKAGES_MISSING', text);
    }
    const why = systemFailures[String(Object(error).code)];
    if (why !== undefined) {
      const text = `${why} (${message}). What was begun has been put back. Correct that and run the command again.`;
      return failed(ExitStatus.Failed, 'DISK_FAILED', text);
    }
    const text = `zero-backend-sync has an error of its own and stopped: ${message}. What was begun has been put back. Please report it, with what "--json" prints as "stack".`;
    return failed(ExitStatus.Failed, 'FAILED', text, { stack: error instanceof Error ? error.stack : undefined });
  }
}

/** What a refusal needs answered, or proposes, is among its details. */
function failed(status: ExitStatus, code: string, message: string, details: object = {}): CommandResult {
  const { next = [], ...json } = details as { readonly next?: CommandResult['next'] };
  return { status, json: { code, message, ...json }, next };
}

export type { CommandContext };

/** What the computer refuses, by the code of its error. */
const systemFailures: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full',
  EDQUOT: 'The disk is full: your share of it is used up',
  EROFS: 'The disk is read-only',
  EACCES: 'A file or folder may not be changed by you',
  EPERM: 'A file or folder may not be changed by you',
  ENAMETOOLONG: 'A name is too long for the disk',
  EIO: 'The disk failed',
  EMFILE: 'Too many files are open',
};

const failures: ReadonlySet<string> = new Set([
  'NOT_PUT_BACK',
  'INSTALL_FAILED',
  'PACKAGE_MANAGER_MISSING',
  'BROWSER_DRIVER_MISSING',
  'BROWSER_MISSING',
  'BUILD_MISSING',
  'CHECK_FAILED',
  'REPORT_UNWRITABLE',
  'TEMPLATE_MISSING',
  ...Object.values<string>(VerifyCode),
]);

function statusOf(error: KitError): ExitStatus {
  return !(error instanceof AnswersNeeded) && failures.has(error.code) ? ExitStatus.Failed : ExitStatus.Refused;
}
