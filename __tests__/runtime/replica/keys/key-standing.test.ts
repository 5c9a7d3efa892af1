/** What keys have shown, and what may be published before they have shown anything. */
import { createKeyStanding } from '../../../../src/runtime/replica/keys/key-standing';
import { KeyState, LedgerChangeKind } from '../../../../src/runtime/persistence/ledger';
import type { LedgerChange } from '../../../../src/runtime/persistence/ledger';
import { ErrorCode } from '../../../../src/runtime/core/errors';

function begin({ expectsData = false, state = KeyState.Free } = {}) {
  const committed: LedgerChange[] = [];
  const admitted = jest.fn();
  const ledger = {
    takeOver: () => Promise.reject(new Error('not asked for')),
    commit: async (changes: readonly LedgerChange[]) => committed.push(...changes) > 0,
    heldAt: 0,
  };
  const keys = createKeyStanding({ ledger, expectsData, onAdmitted: admitted });
  keys.begin({ check: 'k', state });
  const states = () =>
    committed.map((change) => (change.kind === LedgerChangeKind.KeyState ? change.key.state : change.kind));
  return { keys, states, admitted, codes: () => keys.problems.map(({ code }) => code) };
}

test('a read of nothing shows nothing, whether data is expected or not', () => {
  for (const expectsData of [false, true]) {
    const { keys, states, admitted } = begin({ expectsData });
    keys.noteAllRead();
    keys.noteAllRead();
    expect([states(), admitted.mock.calls]).toEqual([[], []]);
    expect(keys.mayPublish).toBe(!expectsData);
  }
});

test('what they have shown only grows, and each state is recorded once', async () => {
  const { keys, states } = begin();
  await keys.raise(KeyState.Tentative);
  await keys.raise(KeyState.Tentative);
  await keys.raise(KeyState.Pinned);
  await keys.raise(KeyState.Tentative);
  expect(states()).toEqual([KeyState.Tentative, KeyState.Pinned]);
});

test.each<[string, Parameters<typeof begin>[0], boolean, readonly ErrorCode[]]>([
  ['nobody says that there is data', {}, true, []],
  ['there is said to be data, and nothing was opened', { expectsData: true }, false, [ErrorCode.KeyMismatch]],
  ['events of this device were opened', { expectsData: true, state: KeyState.Tentative }, true, []],
  ['an event of another device was opened', { expectsData: true, state: KeyState.Pinned }, true, []],
])('after a complete read, where %s', (_what, world, mayPublish, codes) => {
  const { keys, codes: told } = begin(world);
  expect(told()).toEqual([]);
  keys.noteAllRead();
  expect([keys.mayPublish, told()]).toEqual([mayPublish, codes]);
});

test('the first event that opens admits what waits, once, and ends the mismatch', async () => {
  const { keys, codes, admitted } = begin({ expectsData: true });
  keys.noteAllRead();
  admitted.mockImplementation(() => expect(keys.mayPublish).toBe(true));
  await keys.raise(KeyState.Tentative);
  await keys.raise(KeyState.Pinned);
  expect(admitted).toHaveBeenCalledTimes(1);
  expect(codes()).toEqual([]);
});
