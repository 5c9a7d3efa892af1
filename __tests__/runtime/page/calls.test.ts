import { ErrorCode, SyncError } from '../../../src/runtime/core/errors';
import { createCalls } from '../../../src/runtime/page/calls';
import type { PageCalls } from '../../../src/runtime/page/calls';

interface Calls {
  readonly add: (one: number, other: number) => Promise<number>;
}

function create() {
  const sent: { readonly id: number; readonly parameters: readonly unknown[] }[] = [];
  let refusal: Error | undefined;
  const calls: PageCalls<Calls> = createCalls((call) => {
    if (refusal) throw refusal;
    sent.push(call);
  });
  return { calls, sent, refuse: (error: Error) => (refusal = error) };
}

test('a call resolves with its own answer, in whatever order answers come', async () => {
  const { calls, sent } = create();
  const both = Promise.all([calls.call('add', 1, 2), calls.call('add', 3, 4)]);
  calls.settle(sent[1]!.id, undefined, 7);
  calls.settle(sent[0]!.id, undefined, 3);
  await expect(both).resolves.toEqual([3, 7]);
});

test('a problem of the worker rejects with its code', async () => {
  const { calls, sent } = create();
  const refused = calls.call('add', 1, 2);
  calls.settle(sent[0]!.id, { code: ErrorCode.StorageFull, message: 'No room.' }, undefined);
  await expect(refused).rejects.toEqual(new SyncError(ErrorCode.StorageFull, 'No room.'));
});

test('what is unanswered is sent again, and what is answered is not', async () => {
  const { calls, sent } = create();
  const answered = calls.call('add', 1, 2);
  const waiting = calls.call('add', 3, 4);
  calls.settle(sent[0]!.id, undefined, 3);
  calls.repeat();
  expect(sent.map(({ parameters }) => parameters)).toEqual([
    [1, 2],
    [3, 4],
    [3, 4],
  ]);
  calls.settle(sent[2]!.id, undefined, 7);
  await expect(Promise.all([answered, waiting])).resolves.toEqual([3, 7]);
});

test('what cannot be cloned is refused with a code, and never sent again', async () => {
  const { calls, sent, refuse } = create();
  refuse(new DOMException('could not be cloned', 'DataCloneError'));
  await expect(calls.call('add', 1, 2)).rejects.toMatchObject({ code: ErrorCode.ValueUnsupported });
  expect(() => calls.repeat()).not.toThrow();
  expect(sent).toEqual([]);
});

test('at the end whatever waits is refused, and so is whatever comes', async () => {
  const { calls } = create();
  const waiting = calls.call('add', 1, 2);
  calls.end();
  await expect(waiting).rejects.toMatchObject({ code: ErrorCode.EngineClosed });
  await expect(calls.call('add', 1, 2)).rejects.toMatchObject({ code: ErrorCode.EngineClosed });
});
