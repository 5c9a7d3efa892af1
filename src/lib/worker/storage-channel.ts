/**
 * The wire of RxDB's storage-remote plugin as the page sees it: one that survives its worker. The plugin itself waits for an
 * answer for ever, so what a dead worker leaves unanswered is settled here: reads are asked again, a write is refused, because
 * nobody can know whether it was committed.
 */
import { Subject } from 'rxjs';
import type { MessageFromRemote, MessageToRemote, RemoteMessageChannel } from 'rxdb/plugins/storage-remote';
import { ErrorCode } from '../types';
import type { SyncProblem } from '../types';

type Post = (message: MessageToRemote) => void;

/**
 * What a request came to in the place of a result. The plugin would put the whole request, documents included, into the text of an error,
 * and fails at it where a document cannot be written as JSON.
 */
export class RemoteFailure {
  constructor(readonly error: NonNullable<MessageFromRemote['error']>) {}
}

export class StorageChannel implements RemoteMessageChannel {
  readonly messages$ = new Subject<MessageFromRemote>();
  /** Absent while no worker listens; what is asked meanwhile waits in `unanswered`. */
  private post: Post | undefined;
  private refusal: SyncProblem | undefined;
  private refusesReads = false;
  private readonly unanswered = new Map<string, MessageToRemote>();
  /** What made each storage instance, so that the next worker can make it again. */
  private readonly creations = new Map<string, MessageToRemote>();
  private readonly reopening = new Map<string, (answer: MessageFromRemote) => void>();
  private readonly askedAgain = new Set<string>();

  /** @param onBroken is called when the worker has lost its database, as browsers do to pages they had put to sleep. */
  constructor(private readonly onBroken: (reason: string) => void) {}

  send(message: MessageToRemote): void {
    // The worker's instances serve the replica too and live as long as the worker.
    if (message.method === 'close') {
      this.creations.delete(message.connectionId);
      this.answer(message, { return: null });
      return;
    }
    if (this.refusal && (this.refusesReads || isWrite(message))) return this.refuse(message, this.refusal);
    if (message.method === 'create') this.creations.set(message.connectionId, message);
    this.unanswered.set(message.requestId, message);
    try {
      this.post?.(message);
    } catch (error) {
      // What cannot be cloned never reaches a worker, this one or the next.
      this.unanswered.delete(message.requestId);
      throw error;
    }
  }

  /** A message of the present worker. */
  receive(message: MessageFromRemote): void {
    if (this.isWorthAsking(message)) {
      this.askedAgain.add(message.answerTo);
      return this.onBroken(message.error?.message ?? 'it lost the database');
    }
    this.askedAgain.delete(message.answerTo);
    this.unanswered.delete(message.answerTo);
    this.reopening.get(message.answerTo)?.(message);
    this.messages$.next(asResult(message));
  }

  /**
   * The worker is gone: writes in flight are refused with `problem`. Reads wait for the next worker, however long, because one that fails ends
   * the live query that it was made for.
   * @param andWrites whether writes to come are refused too, because no worker is in sight.
   */
  disconnect(problem: SyncProblem, { andWrites = false } = {}): void {
    this.post = undefined;
    this.reopening.clear();
    if (andWrites) this.refusal = problem;
    for (const message of [...this.unanswered.values()]) if (isWrite(message)) this.refuse(message, problem);
  }

  /**
   * A new worker listens. Resolves when it has made every storage instance again; then whatever waits is asked again.
   * @returns the first problem it had with one of them.
   */
  async connect(post: Post): Promise<MessageFromRemote['error']> {
    this.refusal = undefined;
    const answers = [...this.creations.values()]
      .filter(({ requestId }) => !this.unanswered.has(requestId))
      .map((creation) => this.create(creation, post));
    const failed = (await Promise.all(answers)).find(({ error }) => error);
    if (failed) return failed.error;
    this.post = post;
    for (const message of this.unanswered.values()) post(message);
    return undefined;
  }

  /** There will be no other worker: whatever waits or comes is refused. */
  end(problem: SyncProblem): void {
    this.post = undefined;
    this.refusal = problem;
    this.refusesReads = true;
    for (const message of [...this.unanswered.values()]) this.refuse(message, problem);
  }

  async close(): Promise<void> {
    // RxDB calls this when its last instance has closed; the connection decides when the worker goes.
  }

  private isWorthAsking({ error, answerTo }: MessageFromRemote): boolean {
    const request = this.unanswered.get(answerTo);
    if (!request || isWrite(request) || request.method === 'create' || this.askedAgain.has(answerTo)) return false;
    return (error?.code as string | undefined) === ErrorCode.StorageBlocked;
  }

  private create(creation: MessageToRemote, post: Post): Promise<MessageFromRemote> {
    return new Promise((resolve) => {
      this.reopening.set(creation.requestId, resolve);
      post(creation);
    });
  }

  private refuse(message: MessageToRemote, { code, message: text }: SyncProblem): void {
    this.unanswered.delete(message.requestId);
    if (message.method === 'create') this.creations.delete(message.connectionId);
    this.answer(message, { error: { name: 'SyncError', message: text, code: code as never } });
  }

  private answer({ connectionId, requestId, method }: MessageToRemote, answer: Partial<MessageFromRemote>): void {
    this.messages$.next(asResult({ connectionId, answerTo: requestId, method, ...answer }));
  }
}

function asResult(answer: MessageFromRemote): MessageFromRemote {
  if (!answer.error || answer.method === 'create') return answer;
  const { error, ...rest } = answer;
  return { ...rest, return: new RemoteFailure(error) };
}

function isWrite({ method }: MessageToRemote): boolean {
  return method === 'bulkWrite' || method === 'remove' || method === 'cleanup';
}
