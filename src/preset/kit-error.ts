/** What the preset, the command line and the relay report: a stable code and a message that says what happened, why, and what to do. */
export class KitError extends Error {
  constructor(
    readonly code: string,
    message: string,
    /** What a program needs beside the message: questions that are open, what would change. */
    readonly details: object = {},
  ) {
    super(message);
    this.name = 'KitError';
  }
}

/** An error in words, with its code where it has one: for places that show a message only. */
export function describeError(error: unknown): string {
  if (error instanceof KitError) return `${error.message} (${error.code})`;
  return error instanceof Error ? error.message : String(error);
}
