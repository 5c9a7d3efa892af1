/** What tabs of one browser share besides the disk: Web Locks and BroadcastChannels. */
import type { Locks, TabChannel, TabMessage } from '../src/runtime/contracts/tabs';
import type { Timeline } from './timeline';
import { Operation } from './worker-process';
import type { WorkerProcess } from './worker-process';

interface LockRequest {
  readonly process: WorkerProcess;
  readonly hold: () => Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Web Locks of one browser: a holder that dies releases, a frozen one does not. */
export class LockManager {
  readonly #holders = new Map<string, LockRequest>();
  readonly #queues = new Map<string, LockRequest[]>();
  steals = 0;

  constructor(readonly timeline: Timeline) {}

  of(process: WorkerProcess): Locks {
    process.whenItEnds(() => this.#forget(process));
    return {
      request: (name, { steal = false, signal }, hold) =>
        new Promise((resolve, reject) => {
          if (!process.instant(Operation.Lock)) return;
          const request: LockRequest = {
            ...{ process, hold },
            resolve: () => process.deliver(resolve),
            reject: (error) => process.deliver(() => reject(error)),
          };
          signal?.addEventListener('abort', () => this.#abort(name, request), { once: true });
          if (signal?.aborted) return request.reject(new Error('aborted'));
          if (steal) this.#steal(name, request);
          else {
            this.#queueOf(name).push(request);
            this.#grant(name);
          }
        }),
    };
  }

  holderOf(name: string): WorkerProcess | undefined {
    return this.#holders.get(name)?.process;
  }

  #queueOf(name: string): LockRequest[] {
    let queue = this.#queues.get(name);
    if (!queue) this.#queues.set(name, (queue = []));
    return queue;
  }

  #steal(name: string, request: LockRequest): void {
    const holder = this.#holders.get(name);
    this.#holders.delete(name);
    if (holder) this.steals += 1;
    holder?.reject(new Error('stolen'));
    this.#hold(name, request);
  }

  #grant(name: string): void {
    if (this.#holders.has(name)) return;
    const request = this.#queueOf(name).shift();
    if (request) this.#hold(name, request);
  }

  #hold(name: string, request: LockRequest): void {
    this.#holders.set(name, request);
    this.timeline.after(0, () =>
      request.process.deliver(() => {
        if (this.#holders.get(name) !== request) return;
        void request.hold().then(() => {
          if (this.#holders.get(name) !== request) return;
          this.#holders.delete(name);
          request.resolve();
          this.#grant(name);
        });
      }),
    );
  }

  #abort(name: string, request: LockRequest): void {
    const queue = this.#queueOf(name);
    const at = queue.indexOf(request);
    if (at < 0) return;
    queue.splice(at, 1);
    request.reject(new Error('aborted'));
  }

  #forget(process: WorkerProcess): void {
    for (const [name, queue] of this.#queues)
      this.#queues.set(
        name,
        queue.filter((request) => request.process !== process),
      );
    for (const [name, holder] of this.#holders) {
      if (holder.process !== process) continue;
      this.#holders.delete(name);
      this.#grant(name);
    }
  }
}

/** One BroadcastChannel name: messages reach every other worker after a moment, in order. */
export class Broadcast<Message> {
  readonly #members = new Map<WorkerProcess, (message: Message) => void>();

  constructor(readonly timeline: Timeline) {}

  join(process: WorkerProcess, listener: (message: Message) => void): void {
    this.#members.set(process, listener);
    process.whenItEnds(() => this.#members.delete(process));
  }

  leave(process: WorkerProcess): void {
    this.#members.delete(process);
  }

  post(from: WorkerProcess, message: Message): void {
    if (this.#members.size === (this.#members.has(from) ? 1 : 0)) return;
    this.timeline.after(1, () => {
      for (const [process, listener] of this.#members)
        if (process !== from) process.deliver(() => this.#members.has(process) && listener(message));
    });
  }
}

export function tabChannel(broadcast: Broadcast<TabMessage>, process: WorkerProcess): TabChannel {
  return {
    post: (message) => {
      if (process.instant(Operation.Post)) broadcast.post(process, message);
    },
    onMessage: (listener) => broadcast.join(process, listener),
    close: () => broadcast.leave(process),
  };
}
