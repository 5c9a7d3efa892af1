/** What the preset, the command line and the relay report: a stable code and a message that says what happened, why, and what to do. */
export class KitError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
    this.name = 'KitError';
  }
}
