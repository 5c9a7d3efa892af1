/** A line that says what is being done: on a terminal one that moves and goes when it is done, in a pipe a plain one. */
import pc from 'picocolors';
import { harmless } from './harmless-text';

export interface Progress {
  /** What of it is under way: the file that is read. Shown at once, also while the program computes without a pause. */
  update(detail: string): void;
  /** Ends it. With an outcome, or after a second, a line stays that says how it went. */
  done(outcome?: string): void;
}

/** Progress for as long as the work takes, however it ends. */
export async function during<T>(
  { progress }: { progress(what: string): Progress },
  what: string,
  work: (progress: Progress) => T | Promise<T>,
): Promise<T> {
  const shown = progress(what);
  try {
    const result = await work(shown);
    shown.done();
    return result;
  } catch (error) {
    shown.done('stopped');
    throw error;
  }
}

export interface ProgressLine extends Progress {
  /** Takes the line away for something that is printed; it comes back with its next step. */
  hide(): void;
}

export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

const frames = ['-', '\\', '|', '/'];
const frameMs = 100;
/** What took less is not worth a line that stays. */
const notableMs = 1000;
const clearLine = '\r\u001b[K';

export function startProgress(stream: ProgressStream, what: string, now = Date.now): ProgressLine {
  const startedAt = now();
  const lastingLine = (outcome: string | undefined) => {
    const ms = now() - startedAt;
    return outcome === undefined && ms < notableMs
      ? ''
      : pc.dim(`  ${what}: ${outcome ?? 'done'} (${(ms / 1000).toFixed(1)} s)\n`);
  };
  if (stream.isTTY !== true) {
    stream.write(`  ${what} ...\n`);
    return { update: () => {}, hide: () => {}, done: (outcome) => void stream.write(lastingLine(outcome)) };
  }

  let detail = '';
  let frame = 0;
  let drawnAt = -Infinity;
  const draw = () => {
    drawnAt = now();
    const text = `  ${frames[frame++ % frames.length]} ${what}${detail === '' ? ' ...' : `: ${harmless(detail)}`}`;
    stream.write(`${clearLine}${pc.dim([...text].slice(0, (stream.columns ?? 80) - 1).join(''))}`);
  };
  draw();
  const timer = setInterval(draw, frameMs);
  timer.unref();
  let isDone = false;
  return {
    update(next) {
      detail = next;
      if (now() - drawnAt >= frameMs) draw();
    },
    hide: () => void stream.write(clearLine),
    done(outcome) {
      if (isDone) return;
      isDone = true;
      clearInterval(timer);
      stream.write(`${clearLine}${lastingLine(outcome)}`);
    },
  };
}
