/**
 * The world's time. Nothing happens by itself: the timeline runs one event after the other, and lets every promise settle in between, so that
 * a run depends on its seed alone.
 */
interface Planned {
  readonly at: number;
  readonly order: number;
  run: (() => void) | undefined;
}

export interface Timeline {
  /** ms; no device's clock shows it. */
  readonly now: number;
  after(delayMs: number, run: () => void): () => void;
  /** Runs events until `until` says so, or until `limitMs` have passed. */
  run(limitMs: number, until?: () => boolean): Promise<void>;
}

export function createTimeline(start: number): Timeline {
  const heap: Planned[] = [];
  let now = start;
  let orders = 0;

  const isBefore = (a: Planned, b: Planned) => a.at < b.at || (a.at === b.at && a.order < b.order);

  function push(planned: Planned): void {
    let at = heap.push(planned) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(planned, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = planned;
  }

  function pop(): Planned | undefined {
    const top = heap[0];
    const last = heap.pop();
    if (!top || !last || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }

  return {
    get now() {
      return now;
    },
    after(delayMs, run) {
      const planned: Planned = { at: now + Math.max(0, delayMs), order: orders++, run };
      push(planned);
      return () => {
        planned.run = undefined;
      };
    },
    async run(limitMs, until = () => false) {
      const end = now + limitMs;
      await settled();
      while (!until()) {
        const next = heap[0];
        if (!next || next.at > end) break;
        pop();
        if (!next.run) continue;
        now = next.at;
        next.run();
        await settled();
      }
      if (!until()) now = Math.max(now, end);
    },
  };
}

const SETTLED = Promise.resolve();

/**
 * Node looks at its queue of ticks when the queue of microtasks is empty, so every promise that can settle has settled then. The first step
 * is a microtask, because outside of one the ticks come first.
 */
function settled(): Promise<void> {
  return new Promise((resolve) => void SETTLED.then(() => process.nextTick(resolve)));
}
