/** Every error of the runtime: one class, one enum of stable codes. */

/** Stable codes of every error the kit reports. The message says what happened, why and what to do. */
export enum ErrorCode {
  IdentityInvalid = 'IDENTITY_INVALID',
  /** A warning in development. */
  IdentityGuessable = 'IDENTITY_GUESSABLE',
  SecretInvalid = 'SECRET_INVALID',
  SyncCodeInvalid = 'SYNC_CODE_INVALID',
  ConfigInvalid = 'CONFIG_INVALID',
  SaltInvalid = 'SALT_INVALID',
  EnvironmentUnsupported = 'ENVIRONMENT_UNSUPPORTED',
  SchemaUnsupported = 'SCHEMA_UNSUPPORTED',
  SchemaChanged = 'SCHEMA_CHANGED',
  /** `bindStore`: what of the state is to be bound to which documents does not fit. */
  BindingInvalid = 'BINDING_INVALID',
  DocumentInvalid = 'DOCUMENT_INVALID',
  /** A change that is computed from a document found none. */
  DocumentMissing = 'DOCUMENT_MISSING',
  QueryUnsupported = 'QUERY_UNSUPPORTED',
  ValueUnsupported = 'VALUE_UNSUPPORTED',
  ValueTooLarge = 'VALUE_TOO_LARGE',
  KeyChanged = 'KEY_CHANGED',
  /** A problem in the status, never thrown: see `OpenRequest.existing`. */
  KeyMismatch = 'KEY_MISMATCH',
  VaultFailed = 'VAULT_FAILED',
  BlackBoxFailed = 'BLACK_BOX_FAILED',
  StorageFull = 'STORAGE_FULL',
  StorageBlocked = 'STORAGE_BLOCKED',
  StorageFailed = 'STORAGE_FAILED',
  /** A newer version of the app has written what is stored here; this one neither reads nor changes it. */
  StorageNewer = 'STORAGE_NEWER',
  /** The app's, the kit's or the database's own code is wrong; what is stored is not. */
  RuntimeFailed = 'RUNTIME_FAILED',
  WorkerDied = 'WORKER_DIED',
  /** The browser does not let the page start the worker: its policy, or the origin of the script. */
  WorkerBlocked = 'WORKER_BLOCKED',
  EngineClosed = 'ENGINE_CLOSED',
  /** A hook is used outside of `SyncProvider`. */
  ProviderMissing = 'PROVIDER_MISSING',
  AlreadyOpen = 'ALREADY_OPEN',
  ClockWrong = 'CLOCK_WRONG',
  RelaysTooFew = 'RELAYS_TOO_FEW',
  /** The files of `src/lib` are of another version of the template than the installed package. */
  TemplateMismatch = 'TEMPLATE_MISMATCH',
}

/**
 * An error with a stable code; `message` is a whole sentence that says what happened, why, and what to do.
 * @example
 * try {
 *   await engine.patch('notes', id, { title });
 * } catch (error) {
 *   if (error instanceof SyncError && error.code === ErrorCode.StorageFull) askForSpace();
 *   else throw error;
 * }
 */
export class SyncError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message);
    this.code = code;
    this.name = 'SyncError';
    // What V8 prints of an error that nobody has handled.
    if (this.stack) this.stack = this.stack.replace(/^\w*Error(?=:)/, `SyncError [${code}]`);
    if (options && 'cause' in options)
      Object.defineProperty(this, 'cause', { value: options.cause, enumerable: false });
  }
}

/** An error on its way between threads. */
export interface SyncProblem {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Thrown by an engine where code is wrong, never by a storage, a network or a check of the app's data. */
const PROGRAMMING: ReadonlySet<unknown> = new Set([
  ...['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError', 'URIError', 'EvalError', 'InternalError'],
]);

/** Whether an error, from this thread or another, says that code is wrong. */
export function isProgrammingError(error: unknown): boolean {
  return PROGRAMMING.has((error as { readonly name?: unknown } | null | undefined)?.name);
}

/** @param reason the name and, where it holds no value of the app, the message. */
export function runtimeFailed(reason: string, cause?: unknown): SyncError {
  const text = `Code of the app, the kit or the database is wrong (${reason}); what is stored is not damaged. If it happens again after a reload, report it with this message.`;
  return new SyncError(ErrorCode.RuntimeFailed, text, cause === undefined ? undefined : { cause });
}
