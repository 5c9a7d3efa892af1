/** Devices that are offline, closed, cleared, doubled or in conflict; relays that are off. */
import { fill } from '../../bench/support/fill';
import { setStage } from '../../bench/support/stage';
import type { Stage } from '../../bench/support/stage';
import { vaultOf } from '../../bench/support/wire-tap';
import { countItems, openEngine, patch, read, remove, until, untilDocument, untilDurable } from './support';

let stage: Stage;
let person = 0;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage?.close());
afterEach(() => Promise.all(stage.relays.filter((relay) => relay.isPaused).map((relay) => relay.resume())));

async function openPair() {
  const identity = `person-${person++}`;
  const a = await stage.openDevice({ identity });
  const b = await stage.openDevice({ identity });
  await openEngine(a.page);
  await openEngine(b.page);
  return { identity, a, b };
}

test('with all relays off an edit does not arrive; turning them on delivers it', async () => {
  const { a, b } = await openPair();
  await Promise.all(stage.relays.map((relay) => relay.pause()));
  await patch(a.page, 'held', { title: 'waiting', order: 1 });
  for (let poll = 0; poll < 10; poll++) {
    expect(await read(b.page, 'held')).toBeNull();
    await b.page.waitForTimeout(100);
  }
  await Promise.all(stage.relays.map((relay) => relay.resume()));
  await untilDocument(b.page, 'held', (item) => item?.title === 'waiting', 60_000);
});

test('with two of three relays off an edit still arrives', async () => {
  const { a, b } = await openPair();
  await Promise.all(stage.relays.slice(1).map((relay) => relay.pause()));
  await patch(a.page, 'narrow', { title: 'one way left', order: 1 });
  await untilDocument(b.page, 'narrow', (item) => item?.title === 'one way left');
});

test('a device that is opened only after the other was closed has everything', async () => {
  const identity = `person-${person++}`;
  const a = await stage.openDevice({ identity });
  await openEngine(a.page);
  for (let index = 0; index < 5; index++)
    await patch(a.page, `kept-${index}`, { title: `kept ${index}`, order: index });
  await untilDurable(a.page);
  await a.close();
  const b = await stage.openDevice({ identity });
  await openEngine(b.page);
  expect(await countItems(b.page)).toBe(5);
});

test('offline edits of different fields both win, of the same field the later one, on both devices', async () => {
  const { a, b } = await openPair();
  await patch(a.page, 'both', { title: 'title', body: 'body', folder: 'folder', order: 1 });
  await untilDocument(b.page, 'both', (item) => item?.folder === 'folder');
  for (const { page } of [a, b]) await page.evaluate(() => window.engine.pause());
  await patch(a.page, 'both', { title: 'title of a', folder: 'earlier' });
  await patch(b.page, 'both', { body: 'body of b', folder: 'later' });
  for (const { page } of [a, b]) await page.evaluate(() => window.engine.resume());
  const merged = { id: 'both', title: 'title of a', body: 'body of b', folder: 'later', order: 1 };
  for (const { page } of [a, b]) {
    await untilDocument(page, 'both', (item) => item?.title === 'title of a' && item.body === 'body of b');
    expect(await untilDocument(page, 'both', (item) => item?.folder === 'later')).toEqual(merged);
  }
});

test('a deletion hides what was written before it, and an edit that did not know of it does not bring the document back', async () => {
  const { a, b } = await openPair();
  await patch(a.page, 'gone', { title: 'here', order: 1 });
  await untilDocument(b.page, 'gone', (item) => item !== null);
  for (const { page } of [a, b]) await page.evaluate(() => window.engine.pause());
  await patch(b.page, 'gone', { body: 'edited meanwhile' });
  await remove(a.page, 'gone');
  for (const { page } of [a, b]) await page.evaluate(() => window.engine.resume());
  for (const { page } of [a, b]) await untilDocument(page, 'gone', (item) => item === null);
  await patch(b.page, 'gone', { title: 'again', order: 2 });
  const again = await untilDocument(a.page, 'gone', (item) => item?.title === 'again');
  expect(again).toEqual({ id: 'gone', title: 'again', order: 2 });
});

test('a device whose site data was cleared gets everything back', async () => {
  const { a, b } = await openPair();
  for (let index = 0; index < 5; index++)
    await patch(a.page, `back-${index}`, { title: `back ${index}`, order: index });
  await untilDocument(b.page, 'back-4', (item) => item !== null);
  await untilDurable(a.page);
  await b.page.evaluate(() => window.engine.close());
  await b.devtools.send('Storage.clearDataForOrigin', { origin: stage.url.slice(0, -1), storageTypes: 'all' });
  await b.page.reload();
  await openEngine(b.page);
  expect(await countItems(b.page)).toBe(5);
  await patch(b.page, 'back-0', { title: 'from the new installation' });
  await untilDocument(a.page, 'back-0', (item) => item?.title === 'from the new installation');
});

test('edits of two tabs reach each other and the other device, also when the tab that syncs crashes', async () => {
  const { a, b } = await openPair();
  const second = await a.context.newPage();
  await second.goto(a.page.url());
  // Another tab syncs and has long been told that it is in step: the second one has to hear of it, too.
  await openEngine(second);
  await patch(second, 'tabs', { title: 'from the second tab', order: 1 });
  await untilDocument(a.page, 'tabs', (item) => item?.title === 'from the second tab');
  await untilDocument(b.page, 'tabs', (item) => item?.title === 'from the second tab');
  await patch(a.page, 'tabs', { title: 'last words' });
  let crashed = false;
  a.page.on('crash', () => (crashed = true));
  // The answer never comes: the process that would give it is gone.
  void a.devtools.send('Page.crash').catch(() => undefined);
  await until(
    async () => crashed,
    (isCrashed) => isCrashed,
  );
  await untilDocument(b.page, 'tabs', (item) => item?.title === 'last words');
  await patch(second, 'tabs', { title: 'the second tab goes on' });
  await untilDocument(b.page, 'tabs', (item) => item?.title === 'the second tab goes on');
});

test('10,000 documents reach a new device in at most 60 events', async () => {
  const identity = 'many';
  const a = await stage.openDevice({ identity });
  await fill(a.page, 10_000);
  const { pubkey } = await vaultOf([identity]);
  expect(stage.relays[0]!.events().filter((event) => event.pubkey === pubkey).length).toBeLessThanOrEqual(60);
  const b = await stage.openDevice({ identity });
  await openEngine(b.page);
  expect(await countItems(b.page)).toBe(10_000);
  await Promise.all([a.close(), b.close()]);
});

test('another identity in the same browser sees nothing of it', async () => {
  const { a } = await openPair();
  await patch(a.page, 'mine', { title: 'private', order: 1 });
  await untilDurable(a.page);
  const page = await a.context.newPage();
  const url = new URL(a.page.url());
  url.searchParams.set('identity', 'somebody else');
  await page.goto(url.href);
  await openEngine(page);
  expect(await countItems(page)).toBe(0);
});

test('what a guest has written becomes theirs at sign-in and reaches their other devices, and nobody else', async () => {
  const identity = `person-${person++}`;
  const guest = await stage.openDevice({ identity: null });
  await openEngine(guest.page, { synced: false });
  await patch(guest.page, 'draft', { title: 'before sign-in', order: 1 });
  const signedIn = new URL(guest.page.url());
  signedIn.searchParams.set('identity', identity);
  signedIn.searchParams.set('adopt-guest', '');

  await guest.page.goto(signedIn.href);
  await openEngine(guest.page);
  await untilDocument(guest.page, 'draft', (item) => item?.title === 'before sign-in');
  await untilDurable(guest.page);
  const other = await stage.openDevice({ identity });
  await openEngine(other.page);
  expect(await read(other.page, 'draft')).toEqual({ id: 'draft', title: 'before sign-in', order: 1 });

  const stranger = await guest.context.newPage();
  signedIn.searchParams.set('identity', 'the next guest of this browser');
  await stranger.goto(signedIn.href);
  await openEngine(stranger);
  expect(await countItems(stranger)).toBe(0);
});

test('a worker that dies is started again, and writes go on', async () => {
  const { a, b } = await openPair();
  await patch(a.page, 'before', { title: 'before', order: 1 });
  const [worker] = a.page.workers();
  await worker!.evaluate(() => self.close());
  await until(
    () =>
      patch(a.page, 'after', { title: 'after', order: 2 }).then(
        () => true,
        () => false,
      ),
    (isWritten) => isWritten,
    60_000,
  );
  await untilDocument(b.page, 'after', (item) => item?.title === 'after', 60_000);
});
