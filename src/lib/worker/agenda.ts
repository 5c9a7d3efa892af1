/** What is to be done later: each task once, at the earliest of the times that were asked for. */
import type { Clock } from './ports';

export interface Agenda<Task> {
  /** Runs the task after `delayMs`, or earlier if that was asked for before. */
  soon(task: Task, delayMs: number): void;
  stop(): void;
}

export function createAgenda<Task>(clock: Clock, run: (task: Task) => void): Agenda<Task> {
  const planned = new Map<Task, { readonly dueAt: number; readonly cancel: () => void }>();
  let stopped = false;

  return {
    soon(task, delayMs) {
      const dueAt = clock.now() + delayMs;
      const known = planned.get(task);
      if (stopped || (known && known.dueAt <= dueAt)) return;
      known?.cancel();
      const cancel = clock.after(delayMs, () => {
        planned.delete(task);
        run(task);
      });
      planned.set(task, { dueAt, cancel });
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
