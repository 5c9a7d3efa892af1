/**
 * The code in a link, behind the `#`: what stands there is never sent to a server. It is taken out of the address as soon as this module is loaded, and
 * whenever such a link is opened in a page that is there already, so that no router, statistics or history gets to see it.
 */

const PARAMETER = 'sync-code=';

/** The address of the app with a code behind the `#`. @param appUrl absolute, or relative to the page; without it that of the page, without its query. */
export function linkOf(code: string, appUrl: string | undefined): string {
  const url = new URL(appUrl ?? location.href, document.baseURI);
  if (appUrl === undefined) url.search = '';
  url.hash = PARAMETER + code;
  return url.href;
}

/** What stands for a code in a link that somebody has pasted; a text without one is taken as the code itself. */
export function codeIn(codeOrLink: string): string {
  const start = codeOrLink.lastIndexOf(PARAMETER);
  return start < 0 ? codeOrLink : codeOrLink.slice(start + PARAMETER.length).replace(/[&\s].*$/s, '');
}

/** The last one that came by an address and that no `onArrival` has taken yet. */
let arrived: string | undefined;
const listeners = new Set<(code: string) => void>();

/** Calls back with each code that came by a link, and at once with one that is waiting; it is not checked yet. Ends with the function that is returned. */
export function onArrival(listener: (code: string) => void): () => void {
  listeners.add(listener);
  if (arrived !== undefined) listener(arrived);
  arrived = undefined;
  return () => listeners.delete(listener);
}

function takeFromAddress(): void {
  const parts = partsOf(location.hash);
  const found = parts.find(isCode);
  if (found === undefined) return;
  // What else is there is a router's.
  const rest = parts.filter((part) => !isCode(part)).join('&');
  const [page] = location.href.split('#', 1);
  try {
    // The whole address: a path with two slashes at its beginning would be another host's.
    history.replaceState(history.state, '', page + (rest && `#${rest}`));
  } catch {
    // Browsers refuse more than a hundred in some seconds. The code is of use all the same.
  }
  const code = found.slice(PARAMETER.length);
  if (listeners.size === 0) arrived = code;
  for (const listener of listeners) listener(code);
}

const partsOf = (hash: string): readonly string[] => hash.slice(1).split('&');
const isCode = (part: string): boolean => part.startsWith(PARAMETER);

/** The event has the address in which the code stood: other listeners get one without. */
function replaceEvent(event: HashChangeEvent): void {
  takeFromAddress();
  if (!hasCode(event.newURL)) return;
  event.stopImmediatePropagation();
  const { href } = location;
  // It has the code still where the browser has refused to change it.
  if (href !== event.oldURL && !hasCode(href))
    dispatchEvent(new HashChangeEvent('hashchange', { oldURL: event.oldURL, newURL: href }));
}

const hasCode = (url: string): boolean => partsOf(new URL(url).hash).some(isCode);

/** The part of the Navigation API that is used; not every browser has it. */
interface NavigateEvent extends Event {
  readonly destination: { readonly url: string };
}

/** A router that listens to the Navigation API hears of the address without the code instead, which follows. */
function hideNavigation(event: Event): void {
  if (hasCode((event as NavigateEvent).destination.url)) event.stopImmediatePropagation();
}

// Neither a worker nor a server has an address to clean.
if (typeof window !== 'undefined' && typeof history !== 'undefined') {
  takeFromAddress();
  // Browsers fire this one first; routers look at the address then.
  addEventListener('popstate', takeFromAddress, true);
  addEventListener('hashchange', replaceEvent, true);
  (window as { readonly navigation?: EventTarget }).navigation?.addEventListener('navigate', hideNavigation, true);
}
