/**
 * The wire of RxDB's storage-remote plugin as the page sees it: one that survives its worker. The plugin itself waits for an
 * answer for ever, so what a dead worker leaves unanswered is settled here: it is asked again of the next one. A write that the first one had
 * committed is told from a conflict by its revision. Reads are asked again, of this worker or another, before they are said to have failed: a
 * read that fails ends the live query that it was made for.
 */
import { Subject } from 'rxjs';
import type { BulkWriteRow, RxDocumentData } from 'rxdb/plugins/core';
import type { MessageFromRemote, MessageToRemote, RemoteMessageChannel } from 'rxdb/plugins/storage-remote';
import { ErrorCode } from '../../core/errors';
import type { SyncProblem } from '../../core/errors';
import type { StorageLink } from '../worker-contract';
import type { ShownOtherwise } from './shown-rows';

type Post = (message: MessageToRemote) => void;

/**
 * Creates the page's end of the storage: what RxDB asks of a worker goes through it, and outlives that worker.
 * @param onBroken is called when the worker has lost its database, as browsers do to pages they had put to sleep.
 * @example
 * const channel = createStorageChannel((reason) => replaceWorker(reason));
 * await channel.connect((payload) => worker.postMessage({ type: ToWorker.Storage, payload }));
 */
export const createStorageChannel = (onBroken: (reason: string) => void): StorageChannel =>
  new StorageChannel(onBroken);

/**
 * What a request came to in the place of a result. The plugin would put the whole request, documents included, into the text of an error,
 * and fails at it where a document cannot be written as JSON.
 */
export class RemoteFailure {
  constructor(readonly error: NonNullable<MessageFromRemote['error']>) {}
}

interface Request {
  readonly message: MessageToRemote;
  /** How many workers were asked. */
  asked: number;
  /** How often the storage has failed it. */
  failed: number;
}

/** A write that was under way when this many workers died may be what kills them. */
const mostAsked = 2;

/**
 * How often a read is asked again that the storage has failed, and the first pause before that, which doubles: three seconds in all. Whatever
 * stops a single transaction is over by then; a read that cannot succeed is not to take the worker from all others.
 */
const mostRepeated = 5;
const firstPauseMs = 100;

/** See `createStorageChannel`. */
export class StorageChannel implements RemoteMessageChannel, StorageLink {
  readonly messages$ = new Subject<MessageFromRemote>();
  /** Absent while no worker listens; what is asked meanwhile waits in `unanswered`. */
  private post: Post | undefined;
  private refusal: SyncProblem | undefined;
  private refusesReads = false;
  private readonly unanswered = new Map<string, Request>();
  /** What made each storage instance, so that the next worker can make it again. */
  private readonly creations = new Map<string, MessageToRemote>();
  private readonly reopening = new Map<string, (answer: MessageFromRemote) => void>();

  /** @param onBroken is called when the worker has lost its database, as browsers do to pages they had put to sleep. */
  constructor(
    private readonly onBroken: (reason: string) => void,
    private readonly after: (delayMs: number, callback: () => void) => void = (delayMs, callback) =>
      void setTimeout(callback, delayMs),
  ) {}

  send(message: MessageToRemote): void {
    // The worker's instances serve the replica too and live as long as the worker.
    if (message.method === 'close') {
      this.creations.delete(message.connectionId);
      this.answer(message, { return: null });
      return;
    }
    if (this.refusal && (this.refusesReads || isWrite(message))) return this.refuse(message, this.refusal);
    if (message.method === 'create') this.creations.set(message.connectionId, message);
    const request = { message, asked: 0, failed: 0 };
    this.unanswered.set(message.requestId, request);
    try {
      this.ask(request);
    } catch (error) {
      // What cannot be cloned never reaches a worker, this one or the next.
      this.unanswered.delete(message.requestId);
      throw error;
    }
  }

  /** A message of the present worker. */
  receive(answer: MessageFromRemote): void {
    const request = this.unanswered.get(answer.answerTo);
    if (request && isRead(request.message)) {
      const code = answer.error?.code as string | undefined;
      if (code === ErrorCode.StorageBlocked && request.asked < mostAsked)
        return this.onBroken(answer.error?.message ?? 'it lost the database');
      if (code === ErrorCode.StorageFailed && request.failed < mostRepeated) return this.repeat(request);
    }
    this.unanswered.delete(answer.answerTo);
    this.reopening.get(answer.answerTo)?.(answer);
    const settled = request && request.asked > 1 ? withoutOwnCommits(request.message, answer) : answer;
    this.messages$.next(asResult(settled));
  }

  /**
   * The worker is gone. Reads wait for the next one, however long; writes wait once.
   * @param isHopeless whether no worker is in sight: then writes are refused with `problem`, those to come too.
   */
  disconnect(problem: SyncProblem, isHopeless = false): void {
    this.post = undefined;
    this.reopening.clear();
    if (isHopeless) this.refusal = problem;
    for (const { message, asked } of [...this.unanswered.values()]) {
      if (isWrite(message) && (isHopeless || asked >= mostAsked)) this.refuse(message, problem);
    }
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
    for (const request of this.unanswered.values()) this.ask(request);
    return undefined;
  }

  /** There will be no other worker: whatever waits or comes is refused. */
  end(problem: SyncProblem): void {
    this.post = undefined;
    this.refusal = problem;
    this.refusesReads = true;
    for (const { message } of [...this.unanswered.values()]) this.refuse(message, problem);
  }

  /** Calls back with the number of documents of each change that the worker tells. Returns a function that ends it. */
  onChanged(listener: (documents: number) => void): () => void {
    const subscription = this.messages$.subscribe(({ method, return: bulk }) => {
      if (method === 'changeStream') listener((bulk as { events?: readonly unknown[] }).events?.length ?? 0);
    });
    return () => subscription.unsubscribe();
  }

  async close(): Promise<void> {
    // RxDB calls this when its last instance has closed; the supervisor decides when the worker goes.
  }

  private ask(request: Request): void {
    if (!this.post) return;
    request.asked += 1;
    this.post(request.message);
  }

  private repeat(request: Request): void {
    const { post } = this;
    request.failed += 1;
    this.after(firstPauseMs * 2 ** (request.failed - 1), () => {
      // Another worker has been asked with everything that waited.
      if (this.post === post && this.unanswered.has(request.message.requestId)) post?.(request.message);
    });
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

interface WriteConflict {
  readonly status: number;
  readonly writeRow?: BulkWriteRow<unknown>;
  readonly documentInDb?: RxDocumentData<unknown>;
}

/**
 * A conflict of a repeated write with what it had written itself is none: the document in the conflict is how it is shown. RxDB gives no two writes of
 * a page the same time.
 */
function withoutOwnCommits({ method }: MessageToRemote, answer: MessageFromRemote): MessageFromRemote {
  if (method !== 'bulkWrite' || answer.error) return answer;
  const { error, shown = [] } = answer.return as { readonly error: readonly WriteConflict[] } & ShownOtherwise;
  const isOwn = ({ status, writeRow, documentInDb }: WriteConflict) =>
    status === 409 &&
    writeRow?.document._rev === documentInDb?._rev &&
    writeRow?.document._meta.lwt === documentInDb?._meta.lwt;
  const committed = error
    .filter(isOwn)
    .map(({ documentInDb }) => documentInDb as unknown as Readonly<Record<string, unknown>>);
  return {
    ...answer,
    return: { error: error.filter((conflict) => !isOwn(conflict)), shown: [...shown, ...committed] },
  };
}

/** What became of it is not known when it fails. */
function isWrite({ method }: MessageToRemote): boolean {
  return method === 'bulkWrite' || method === 'remove' || method === 'cleanup';
}

const isRead = (message: MessageToRemote): boolean => !isWrite(message) && message.method !== 'create';
