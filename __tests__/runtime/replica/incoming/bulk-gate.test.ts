import { createBulkGate } from '../../../../src/runtime/replica/incoming/bulk-gate';
import { makeHead } from '../../../support/test-slots';
import { settle } from '../../../support/owned-clock';

const edit = makeHead({ createdAt: 1 }).event;
const bulk = makeHead({ createdAt: 1, bytes: 40_000 }).event;

function create() {
  const released: (() => void)[] = [];
  const pass = createBulkGate({ room: () => new Promise<void>((resolve) => released.push(resolve)) });
  const opened: string[] = [];
  const open = (name: string) => async () => void opened.push(name);
  return { released, pass, opened, open };
}

test('bulks are opened one after the other, each when there is room; edits pass', async () => {
  const { released, pass, opened, open } = create();
  for (const name of ['a', 'b', 'c']) void pass(bulk, open(name));
  void pass(edit, open('edit'));
  await settle();
  expect(opened).toEqual(['edit']);
  released.shift()!();
  await settle();
  expect([opened, released.length]).toEqual([['edit', 'a'], 1]);
  released.shift()!();
  await settle();
  expect(opened).toEqual(['edit', 'a', 'b']);
});

test('one that fails keeps no other out', async () => {
  const { released, pass, opened, open } = create();
  const failing = pass(bulk, async () => Promise.reject(new Error('no')));
  void pass(bulk, open('next'));
  await settle();
  released.shift()!();
  await expect(failing).rejects.toThrow('no');
  await settle();
  released.shift()!();
  await settle();
  expect(opened).toEqual(['next']);
});
