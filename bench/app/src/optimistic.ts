/** A React component that shows one document by `useDocument`, in a chunk of its own so that React is not weighed. */
import { createElement, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { SyncProvider, useDocument } from './lib/react';

/** @returns milliseconds from each write to the frame that shows it. */
export function measureOptimisticWrites(
  identity: readonly string[] | null,
  relays: readonly string[],
  writes: number,
): Promise<number[]> {
  return new Promise((done) => {
    const times: number[] = [];
    let startedAt = 0;
    function Title() {
      const [item, patch] = useDocument('items', 'optimistic');
      const title = item?.title ?? '';
      useEffect(() => {
        if (item === undefined) return;
        if (startedAt > 0 && title === `write ${times.length}`) times.push(performance.now() - startedAt);
        if (times.length === writes) return done(times);
        // A write right after a frame, so that the next frame is the earliest that can show it.
        requestAnimationFrame(() => {
          startedAt = performance.now();
          patch({ title: `write ${times.length}`, order: 0 });
        });
      }, [item, title, patch]);
      return createElement('p', null, title);
    }
    createRoot(document.getElementById('root')!).render(
      createElement(SyncProvider, { identity, relays }, createElement(Title)),
    );
  });
}
