/** What is to be done later: each task once, at the earliest of the times that were asked for. */
import type { Clock } from '../../core/clock';

export interface Deadlines<Task> {
  /** Runs the task after `delayMs`, or earlier if that was asked for before. */
  schedule(task: Task, delayMs: number): void;
  stop(): void;
}

export function createDeadlines<Task>(clock: Clock, run: (task: Task) => void): Deadlines<Task> {
  const planned = new Map<Task, { readonly delayMs: number; readonly dueAt: number; readonly cancel: () => void }>();
  let stopped = false;

  return {
    schedule(task, delayMs) {
      const known = planned.get(task);
      // A timer that was set before, and for no longer, ends first; of any other the wall clock says too little, because a machine that sleeps
      // stops its timers.
      if (stopped || (known && known.delayMs <= delayMs)) return;
      known?.cancel();
      const now = clock.now();
      const dueAt = Math.min(known?.dueAt ?? Infinity, now + delayMs);
      const waitMs = Math.max(0, dueAt - now);
      const cancel = clock.after(waitMs, () => {
        planned.delete(task);
        run(task);
      });
      planned.set(task, { delayMs: waitMs, dueAt, cancel });
    },
    stop() {
      stopped = true;
      for (const { cancel } of planned.values()) cancel();
      planned.clear();
    },
  };
}

/** ms since a time of the wall clock; Infinity if the clock was set back behind it. */
export function elapsedMs(clock: Clock, since: number): number {
  const elapsed = clock.now() - since;
  return elapsed < 0 ? Infinity : elapsed;
}
