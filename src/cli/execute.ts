/** Runs a command for the process: its context, Ctrl-C, its exit status, and how failures are reported. */
import * as fs from 'node:fs';
import pc from 'picocolors';
import { KitError } from '../preset/kit-error';
import { AnswersNeeded } from './answers';
import { ExitStatus, openContext, type CommandContext, type CommandResult } from './commands/context';
import type { Execute } from './program';
import { Cancelled } from './terminal';

export const execute: Execute = async ({ json = false, cwd = '.' }, command) => {
  const interrupt = new AbortController();
  // Whoever presses Ctrl-C again does not want to wait; the next command puts back what was begun.
  const onSignal = () => (interrupt.signal.aborted ? process.exit(ExitStatus.Cancelled) : interrupt.abort());
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    const result = await outcomeOf(async () => {
      if (!fs.existsSync(cwd)) throw new KitError('FOLDER_MISSING', `There is no folder ${cwd}. Nothing was changed.`);
      return command(openContext({ cwd, json, signal: interrupt.signal }));
    });
    if ('message' in result.json && !json) process.stderr.write(`${pc.red(String(result.json.message))}\n`);
    if (json) process.stdout.write(`${JSON.stringify({ status: result.status, ...result.json }, null, 2)}\n`);
    process.exitCode = result.status;
    // What was under way may hold the process for seconds.
    if (interrupt.signal.aborted) process.exit(result.status);
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
};

/** A command's result; a failure of it is a result, too. */
export async function outcomeOf(command: () => Promise<CommandResult>): Promise<CommandResult> {
  try {
    return await command();
  } catch (error) {
    if (error instanceof Cancelled)
      return { status: ExitStatus.Cancelled, json: { code: 'CANCELLED', message: error.message } };
    if (error instanceof KitError)
      return { status: statusOf(error), json: { code: error.code, message: error.message } };
    const message = error instanceof Error ? error.message : String(error);
    return {
      status: ExitStatus.Failed,
      json: {
        code: 'FAILED',
        message: `Something failed that should not: ${message}. What was begun has been put back. Please report it.`,
        stack: error instanceof Error ? error.stack : undefined,
      },
    };
  }
}

export type { CommandContext };

const failures = new Set([
  'INSTALL_FAILED',
  'PACKAGE_MANAGER_MISSING',
  'BROWSER_DRIVER_MISSING',
  'BROWSER_MISSING',
  'BUILD_MISSING',
  'CHECK_FAILED',
  'DRIVER_FAILED',
  'REPORT_UNWRITABLE',
  'TEMPLATE_MISSING',
]);

function statusOf(error: KitError): ExitStatus {
  return !(error instanceof AnswersNeeded) && failures.has(error.code) ? ExitStatus.Failed : ExitStatus.Refused;
}
