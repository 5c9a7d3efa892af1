/** Sync is invisible: no dialog, no permission, no localStorage, nothing heavy or networked on the main thread. */
import { setStage } from '../../bench/support/stage';
import type { Stage } from '../../bench/support/stage';
import { openEngine, patch, untilDocument } from './support';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage?.close());

test('two devices sync without a dialog, a permission request, localStorage, or a socket or cipher on the main thread', async () => {
  const [a, b] = [await stage.openDevice({ identity: 'silent' }), await stage.openDevice({ identity: 'silent' })];
  const touched: string[] = [];
  for (const { context, page } of [a, b]) {
    page.on('dialog', (dialog) => touched.push(`dialog ${dialog.message()}`));
    await context.exposeFunction('noteTouched', (what: string) => touched.push(what));
    await context.addInitScript(() => {
      const note = (what: string): never => {
        (window as unknown as { noteTouched(what: string): void }).noteTouched(what);
        throw new Error(`${what} was touched on the main thread`);
      };
      Object.defineProperty(window, 'WebSocket', { get: () => note('WebSocket') });
      for (const method of ['deriveBits', 'deriveKey', 'encrypt', 'decrypt', 'sign'])
        Object.defineProperty(SubtleCrypto.prototype, method, { value: () => note(method) });
      for (const [owner, method] of [
        [Notification, 'requestPermission'],
        [Permissions.prototype, 'request'],
        [StorageManager.prototype, 'persist'],
      ] as const)
        Object.defineProperty(owner, method, { value: () => note(method) });
      Storage.prototype.setItem = () => note('Storage.setItem');
    });
    await page.reload();
    await openEngine(page);
  }
  await patch(a.page, 'quiet', { title: 'as a mouse', order: 1 });
  await untilDocument(b.page, 'quiet', (item) => item?.title === 'as a mouse');
  expect(touched).toEqual([]);
  for (const { page } of [a, b]) expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0);
});
