/** The terminal as a port: output, questions and progress. Tests answer from a list; without a terminal there is nobody to ask. */
import { stripVTControlCharacters } from 'node:util';
import type * as ClackPrompts from '@clack/prompts' with { 'resolution-mode': 'import' };
import pc from 'picocolors';

export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  readonly hint?: string;
}

/** Asks a person. Every question rejects with `Cancelled` on Ctrl-C. */
export interface Prompter {
  confirm(question: string, initial: boolean): Promise<boolean>;
  select<T extends string>(question: string, choices: readonly Choice<T>[]): Promise<T>;
  text(question: string, initial: string): Promise<string>;
  warn(message: string): void;
}

export interface Terminal {
  /** `null` where nobody can be asked. */
  readonly prompter: Prompter | null;
  print(text: string): void;
  printError(text: string): void;
  /** Says what is being done; `done` replaces it where the terminal can. */
  progress(what: string): { done(outcome?: string): void };
}

/** The user pressed Ctrl-C or said no: exit status 130, nothing half done. */
export class Cancelled extends Error {
  constructor(message = 'Cancelled. Nothing was changed.') {
    super(message);
    this.name = 'Cancelled';
  }
}

/** The real one. With `quiet` (for --json) only results are printed. */
export function openTerminal({ quiet }: { readonly quiet: boolean }): Terminal {
  const isInteractive = Boolean(process.stdin.isTTY && process.stdout.isTTY) && !process.env.CI && !quiet;
  const { isTTY } = process.stdout;
  // On a terminal a step's outcome takes the place of its announcement, unless something was printed in between.
  let isLineOpen = false;
  const write = (text: string) => {
    if (!quiet) process.stdout.write(forStream(process.stdout, isLineOpen ? `\n${text}` : text));
    isLineOpen = false;
  };
  return {
    prompter: isInteractive ? clackPrompter() : null,
    print: (text) => write(`${text}\n`),
    printError: (text) => void process.stderr.write(forStream(process.stderr, `${isLineOpen ? '\n' : ''}${text}\n`)),
    progress(what) {
      const started = Date.now();
      write(pc.dim(isTTY ? `  ${what} ...` : `  ${what} ...\n`));
      isLineOpen = isTTY;
      return {
        done(outcome = 'done') {
          const line = pc.dim(`  ${what}: ${outcome} (${((Date.now() - started) / 1000).toFixed(1)} s)\n`);
          const isReplaced = isLineOpen;
          isLineOpen = false;
          write(isReplaced ? `\r\u001b[K${line}` : line);
        },
      };
    },
  };
}

/** Colours are for terminals: a build server whose log is a pipe gets none, unless `FORCE_COLOR` asks for them. */
export function forStream(stream: Pick<NodeJS.WriteStream, 'isTTY'>, text: string): string {
  const isForced = !['', '0', 'false'].includes(process.env.FORCE_COLOR ?? '');
  return stream.isTTY || isForced ? text : stripVTControlCharacters(text);
}

function clackPrompter(): Prompter {
  // Only published as an ES module, so it is loaded when the first question comes up.
  const clack = import('@clack/prompts');
  const answered = async <T>(ask: (prompts: typeof ClackPrompts) => Promise<unknown>): Promise<T> => {
    const prompts = await clack;
    const answer = await ask(prompts);
    if (prompts.isCancel(answer)) throw new Cancelled();
    return answer as T;
  };
  return {
    confirm: (message, initialValue) => answered<boolean>((prompts) => prompts.confirm({ message, initialValue })),
    select: <T extends string>(message: string, choices: readonly Choice<T>[]) =>
      answered<T>((prompts) => prompts.select<string>({ message, options: choices.map((choice) => ({ ...choice })) })),
    text: (message, initialValue) => answered<string>((prompts) => prompts.text({ message, initialValue })),
    warn: (message) => void clack.then((prompts) => prompts.log.warn(message)),
  };
}
