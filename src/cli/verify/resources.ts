/** Browsers, servers and folders of one run. All of them are closed at its end, however it ends. */
import { within } from './time-limit';

export interface Resources {
  /** Remembers how something that is open is closed. Once the run is over it is closed at once, and this throws, so that nothing more is opened. */
  add(close: () => Promise<unknown> | void): void;
  /** Closes everything, the last one first, and waits for it. Never rejects; what does not close in time is left to the end of the process. */
  closeAll(): Promise<void>;
}

/** @param closeMs how long each may take. */
export function createResources(closeMs: number): Resources {
  const open: (() => Promise<unknown> | void)[] = [];
  let isOver = false;
  let closing = Promise.resolve();
  const closeOpen = async () => {
    for (let close = open.pop(); close !== undefined; close = open.pop()) {
      const closed = Promise.resolve().then(close);
      await within(closed, closeMs, () => new Error('It does not close.')).catch(() => {});
    }
  };
  return {
    add(close) {
      open.push(close);
      if (!isOver) return;
      closing = closing.then(closeOpen);
      throw new Error('The run is over.');
    },
    closeAll() {
      isOver = true;
      return (closing = closing.then(closeOpen));
    },
  };
}
