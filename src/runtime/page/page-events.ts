/** What a worker cannot see for itself: whether the page is visible, online or leaving, and whether its frames come late. */
import { Lifecycle } from '../core/lifecycle';

/** Calls back with every such event; the returned function ends it. Outside a page it does nothing. */
export function watchPage(forward: (event: Lifecycle) => void): () => void {
  if (typeof window === 'undefined' || typeof document === 'undefined') return () => {};
  const listening = new AbortController();
  const on = (target: EventTarget, name: string, toEvent: (event: Event) => Lifecycle | undefined) =>
    target.addEventListener(
      name,
      (event) => {
        const lifecycle = toEvent(event);
        if (lifecycle) forward(lifecycle);
      },
      { signal: listening.signal },
    );

  on(window, 'online', () => Lifecycle.Online);
  on(window, 'offline', () => Lifecycle.Offline);
  on(document, 'visibilitychange', () =>
    document.visibilityState === 'hidden' ? Lifecycle.Hidden : Lifecycle.Visible,
  );
  on(window, 'pagehide', () => Lifecycle.Leaving);
  on(document, 'freeze', () => Lifecycle.Leaving);
  on(document, 'resume', () => Lifecycle.Resumed);
  on(window, 'pageshow', (event) => ((event as PageTransitionEvent).persisted ? Lifecycle.Resumed : undefined));

  if (!navigator.onLine) forward(Lifecycle.Offline);
  if (document.visibilityState === 'hidden') forward(Lifecycle.Hidden);
  return () => listening.abort();
}

const frameMs = 1000 / 60;
/** A merge is a batch; what a person types is not. */
const leastEventsOfMerge = 10;
/** How long frames are watched after the last batch. */
const watchMs = 400;
const reportEveryMs = 200;

/**
 * Measures how late frames are while merges arrive, and only then: an idle page runs no animation frames for us.
 * @returns what to call with the number of documents of each change that reaches the page.
 */
export function watchFrames(report: (lagMs: number) => void): (changedDocuments: number) => void {
  if (typeof requestAnimationFrame === 'undefined') return () => {};
  let isWatching = false;
  let watchUntil = 0;
  let lastFrame: number | undefined;
  let reportAt = 0;
  let worstMs = 0;

  function frame(now: number): void {
    if (lastFrame !== undefined) worstMs = Math.max(worstMs, now - lastFrame - frameMs);
    lastFrame = now;
    if (now >= reportAt) {
      report(Math.round(worstMs));
      worstMs = 0;
      reportAt = now + reportEveryMs;
    }
    isWatching = now < watchUntil;
    if (isWatching) requestAnimationFrame(frame);
  }

  return (changedDocuments) => {
    if (changedDocuments < leastEventsOfMerge) return;
    const now = performance.now();
    watchUntil = now + watchMs;
    if (isWatching) return;
    isWatching = true;
    lastFrame = undefined;
    reportAt = now + reportEveryMs;
    requestAnimationFrame(frame);
  };
}
