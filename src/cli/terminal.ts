/** The terminal as a port: output, questions and progress. Tests answer from a list; without a terminal there is nobody to ask. */
import { stripVTControlCharacters } from 'node:util';
import type * as ClackPrompts from '@clack/prompts' with { 'resolution-mode': 'import' };
import { fit, widthOf } from './layout';
import { harmless } from './harmless-text';
import { startProgress, type Progress, type ProgressLine } from './progress';

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
  /** Columns that text may use. */
  readonly width: number;
  /** Lines that are longer than the terminal is wide are broken between words. */
  print(text: string): void;
  /** For what has to be copied, and for differences of files. */
  printExact(text: string): void;
  /** Says what is being done. One at a time. */
  progress(what: string): Progress;
}

/** The user pressed Ctrl-C or said no: exit status 130, nothing half done. */
export class Cancelled extends Error {
  constructor(message = 'Cancelled. Nothing was changed.') {
    super(message);
    this.name = 'Cancelled';
  }
}

/** The real one. With `quiet` (for --json) only results are printed, and progress where a person looks at standard error. */
export function openTerminal({ quiet }: { readonly quiet: boolean }): Terminal {
  const { stdin, stdout, stderr } = process;
  const isInteractive = Boolean(stdin.isTTY && stdout.isTTY) && !process.env.CI && !quiet;
  const width = widthOf(stdout);
  let shown: ProgressLine | null = null;
  const printExact = (text: string) => {
    if (quiet) return;
    shown?.hide();
    stdout.write(forStream(stdout, `${harmless(text)}\n`));
  };
  return {
    prompter: isInteractive ? clackPrompter() : null,
    width,
    print: (text) => printExact(fit(text, width)),
    printExact,
    progress(what) {
      if (quiet && !stderr.isTTY) return { update() {}, done() {} };
      const stream = quiet ? stderr : stdout;
      shown = startProgress(
        { isTTY: stream.isTTY, columns: stream.columns, write: (text) => stream.write(forStream(stream, text)) },
        what,
      );
      return shown;
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
    confirm: (message, initialValue) =>
      answered<boolean>((prompts) => prompts.confirm({ message: harmless(message), initialValue })),
    select: <T extends string>(message: string, choices: readonly Choice<T>[]) =>
      answered<T>((prompts) =>
        prompts.select<string>({
          message: harmless(message),
          options: choices.map((choice) => ({
            ...choice,
            label: harmless(choice.label),
            ...(choice.hint !== undefined && { hint: harmless(choice.hint) }),
          })),
        }),
      ),
    text: (message, initialValue) =>
      answered<string>((prompts) => prompts.text({ message: harmless(message), initialValue })),
    warn: (message) => void clack.then((prompts) => prompts.log.warn(harmless(message))),
  };
}
