/** @jest-environment jsdom */
import type * as LinkModule from '../../../../src/runtime/page/sync-code/link';

type Link = typeof LinkModule;

/** Those of the pages that the tests before have opened end with them. */
const listen = jest.spyOn(window, 'addEventListener');
afterEach(() => {
  for (const [type, listener, options] of listen.mock.calls) removeEventListener(type, listener, options);
  listen.mockClear();
});

/** The module as a page loads it that is opened at this address. */
function openPage(address: string, state: unknown = null): Link {
  history.replaceState(state, '', address);
  let link!: Link;
  jest.isolateModules(() => {
    link = jest.requireActual<Link>('../../../../src/runtime/page/sync-code/link');
  });
  return link;
}

function arrivals({ onArrival }: Link): readonly string[] {
  const codes: string[] = [];
  onArrival((code) => codes.push(code));
  return codes;
}

test.each([
  ['/app#sync-code=ABCD', '/app', 'ABCD'],
  ['/app?list=4#sync-code=ABCD', '/app?list=4', 'ABCD'],
  ['/app#/notes/3&sync-code=ABCD', '/app#/notes/3', 'ABCD'],
  ['/app#access_token=x&sync-code=ABCD&state=y', '/app#access_token=x&state=y', 'ABCD'],
  ['/app#sync-code=', '/app', ''],
  [`${location.origin}//evil.example/x#sync-code=ABCD`, '//evil.example/x', 'ABCD'],
  [`${location.origin}///x?y#/notes&sync-code=ABCD`, '///x?y#/notes', 'ABCD'],
])('the code of %s is taken out of the address when the module is loaded', (address, cleaned, code) => {
  const entries = history.length;
  const link = openPage(address, { idx: 3 });
  expect(location.pathname + location.search + location.hash).toBe(cleaned);
  expect(history.state).toEqual({ idx: 3 });
  expect(history.length).toBe(entries);
  expect(arrivals(link)).toEqual([code]);
  expect(arrivals(link)).toEqual([]);
});

test.each([
  '/app',
  '/app#',
  '/app#/notes/3',
  '/app#section',
  '/app#/sync-code=ABCD',
  '/app?sync-code=ABCD',
  '/app#x-sync-code=A',
])('%s is left as it is', (address) => {
  const before = jest.spyOn(history, 'replaceState');
  before.mockClear();
  const link = openPage(address);
  expect(before).toHaveBeenCalledTimes(1);
  expect(location.href).toBe(new URL(address, location.origin).href);
  expect(arrivals(link)).toEqual([]);
  before.mockRestore();
});

test('a browser that does not let the address be changed keeps no page from loading', () => {
  history.replaceState(null, '', '/app#sync-code=ABCD');
  const replace = jest.spyOn(history, 'replaceState').mockImplementation(() => {
    throw new DOMException('Too many calls', 'SecurityError');
  });
  jest.isolateModules(() => {
    expect(arrivals(jest.requireActual<Link>('../../../../src/runtime/page/sync-code/link'))).toEqual(['ABCD']);
  });
  const heard = jest.fn();
  addEventListener('hashchange', heard);
  dispatchEvent(new HashChangeEvent('hashchange', { oldURL: `${location.origin}/app`, newURL: location.href }));
  expect(heard).not.toHaveBeenCalled();
  replace.mockRestore();
});

test('of a link that is opened in a page that is there already, no other listener sees the code', async () => {
  const link = openPage('/app#/notes/3');
  const codes = arrivals(link);
  const seen: string[] = [];
  const look = (event: Event) =>
    seen.push(location.href, event instanceof HashChangeEvent ? `${event.oldURL} ${event.newURL}` : '');
  addEventListener('popstate', look);
  addEventListener('hashchange', look);
  const changed = new Promise((resolve) => addEventListener('hashchange', resolve, { once: true }));
  location.hash = '#sync-code=ABCD';
  await changed;
  expect(codes).toEqual(['ABCD']);
  expect(location.hash).toBe('');
  expect(seen.join()).not.toContain('ABCD');
  // A router hears that it is at another place now.
  expect(seen).toContain(`${location.origin}/app#/notes/3 ${location.origin}/app`);
});

test('of a navigation that has the code, routers hear by no API', () => {
  const navigation = new EventTarget();
  Object.assign(window, { navigation });
  openPage('/app');
  const seen: string[] = [];
  navigation.addEventListener('navigate', (event) =>
    seen.push((event as unknown as { destination: URL }).destination.hash),
  );
  for (const hash of [
    '#sync-code=ABCD',
    '#/notes&sync-code=ABCD',
    '#/notes/sync-code=ABCD',
    '?of=search&sync-code=ABCD',
  ]) {
    const destination = { url: `${location.origin}/app${hash}`, hash };
    navigation.dispatchEvent(Object.assign(new Event('navigate'), { destination }));
  }
  expect(seen).toEqual(['#/notes/sync-code=ABCD', '?of=search&sync-code=ABCD']);
  Reflect.deleteProperty(window, 'navigation');
});

test('a change to another fragment is none of its business', async () => {
  openPage('/app#/notes/3');
  const changed = new Promise<HashChangeEvent>((resolve) => addEventListener('hashchange', resolve, { once: true }));
  location.hash = '#/notes/4';
  expect((await changed).newURL).toBe(`${location.origin}/app#/notes/4`);
  expect(location.hash).toBe('#/notes/4');
});

test.each([
  ['/app/list?token=secret#/notes', undefined, '/app/list#sync-code=ABCD'],
  ['/app/list', '/app/', '/app/#sync-code=ABCD'],
  ['/app/list', './', '/app/#sync-code=ABCD'],
  ['/app/list', 'https://app.example/start?of=link', 'https://app.example/start?of=link#sync-code=ABCD'],
])('of the page %s with appUrl %j the link is %s', (page, appUrl, link) => {
  expect(openPage(page).linkOf('ABCD', appUrl)).toBe(new URL(link, location.origin).href);
});

test.each([
  ['ABCD-EFGH', 'ABCD-EFGH'],
  ['https://app.example/#sync-code=ABCD', 'ABCD'],
  ['Join my list: https://app.example/x#/notes&sync-code=ABCD&y=1 (or not)', 'ABCD'],
  ['https://app.example/%23sync-code=ABCD\nBye', 'ABCD'],
])('of %j the code is %s', (text, code) => {
  expect(openPage('/app').codeIn(text)).toBe(code);
});
