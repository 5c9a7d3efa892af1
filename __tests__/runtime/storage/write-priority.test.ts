import { createTurns } from '../../../src/runtime/storage/write-priority';

test('who waits lets everything go first that was asked for before, failures too, and nothing that comes after', async () => {
  const turns = createTurns();
  const order: string[] = [];
  const [first, failing, later] = [deferred(), deferred(), deferred()];
  const asked = turns.take(first.promise);
  const refused = turns.take(failing.promise);
  const served = turns.untilServed().then(() => order.push('served'));
  void turns.take(later.promise);
  first.resolve();
  await asked;
  order.push('asked');
  failing.reject(new Error('refused'));
  await expect(refused).rejects.toThrow('refused');
  await served;
  expect(order).toEqual(['asked', 'served']);
  later.resolve();
});

test('nobody waits where nothing is asked for', async () => {
  await expect(createTurns().untilServed()).resolves.toBeUndefined();
});

function deferred() {
  let resolve = () => {};
  let reject = (_error: Error) => {};
  const promise = new Promise<void>((...settle) => ([resolve, reject] = settle));
  return { promise, resolve: () => resolve(), reject: (error: Error) => reject(error) };
}
