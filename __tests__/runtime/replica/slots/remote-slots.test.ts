import { createRemoteSlots } from '../../../../src/runtime/replica/slots/remote-slots';
import { keyOf } from '../../../../src/runtime/replica/slots/slot-content';
import type { Sealed } from '../../../../simulation/stand-in-vault';
import { createSlotModules, GREATER, leaf, LESSER, noteOf, OWN } from '../slot-modules';

const note = noteOf('x', { '/title': leaf(1, 'a title', GREATER) });

function setUp() {
  const modules = createSlotModules();
  let pauses = 0;
  const remoteSlots = createRemoteSlots({
    ...modules,
    offer: (head) => modules.offered.push(head),
    yieldToEventLoop: async () => void pauses++,
  });
  const keep = ({ version, event }: Sealed) => remoteSlots.keep(version, event);
  const recorded = () => [...modules.disk.slots.values()].map(({ version, event }) => ({ version, event }));
  /** What stands elsewhere of the document x. */
  const proofOfX = async (isWanted = (_deviceId: string) => true) => {
    const proofs = await remoteSlots.prove(
      new Set([keyOf(note)]),
      ({ deviceId }) => isWanted(deviceId),
      (deviceId) => deviceId < OWN,
    );
    return proofs.get(keyOf(note));
  };
  return { ...modules, remoteSlots, keep, recorded, proofOfX, pauses: () => pauses };
}

const headOf = ({ version, event }: Sealed) => ({ version, event, own: false });
const recordOf = ({ version, event }: Sealed) => ({ version, event });

describe('of the versions of a slot', () => {
  test.each([
    ['the newest is kept: first the older one', 100, 200, false],
    ['the newest is kept: first the newer one', 100, 200, true],
    ['the one with the greater nonce of a second is kept: first the other', 100, 100, false],
    ['the one with the greater nonce of a second is kept: first this one', 100, 100, true],
  ])('%s', async (_which, olderAt, newerAt, isNewerFirst) => {
    const { keep, sealedBy, recorded } = setUp();
    const older = sealedBy(GREATER, [note], { createdAt: olderAt });
    const newer = sealedBy(GREATER, [note], { createdAt: newerAt });
    for (const sealed of isNewerFirst ? [newer, older] : [older, newer]) await keep(sealed);
    expect(recorded()).toEqual([recordOf(newer)]);
  });

  test('an older one is not handed to a relay in place of the newest', async () => {
    const { keep, sealedBy, offered } = setUp();
    const older = sealedBy(GREATER, [note], { createdAt: 100 });
    const newer = sealedBy(GREATER, [note], { createdAt: 200 });
    await keep(newer);
    await keep(older);
    expect(offered).toEqual([headOf(newer)]);
  });

  test('one with a bad signature takes no good one’s place, because no relay would accept it', async () => {
    const { keep, sealedBy, recorded, offered } = setUp();
    const good = sealedBy(GREATER, [note], { createdAt: 100 });
    const newer = sealedBy(GREATER, [note], { createdAt: 200 });
    await keep(good);
    expect(await keep({ ...newer, event: { ...newer.event, sig: 'spoilt' } as Sealed['event'] })).toBe(false);
    expect(recorded()).toEqual([recordOf(good)]);
    expect(offered).toEqual([headOf(good)]);
  });
});

test('slots of the same index of two devices are both kept', async () => {
  const { keep, sealedBy, recorded } = setUp();
  const slots = [sealedBy(LESSER, [note]), sealedBy(GREATER, [note])];
  for (const sealed of slots) await keep(sealed);
  expect(recorded()).toEqual(slots.map(recordOf));
});

test('after a start, what the ledger has can be handed to every relay that lacks it', async () => {
  const { remoteSlots, sealedBy, offered } = setUp();
  const sealed = sealedBy(GREATER, [note]);
  remoteSlots.restore({ ...recordOf(sealed), durable: false });
  expect(offered).toEqual([headOf(sealed)]);
});

test('after a start, an older version does not take the place of the one that the ledger has', async () => {
  const { remoteSlots, keep, sealedBy, offered, recorded } = setUp();
  const older = sealedBy(GREATER, [note], { createdAt: 100 });
  const newer = sealedBy(GREATER, [note], { createdAt: 200 });
  remoteSlots.restore({ ...recordOf(newer), durable: false });
  await keep(older);
  expect(offered).toEqual([headOf(newer)]);
  expect(recorded()).toEqual([]);
});

test('a writer that was replaced hands nothing to the relays', async () => {
  const { keep, sealedBy, disk, offered } = setUp();
  disk.epoch += 1;
  await keep(sealedBy(GREATER, [note]));
  expect(offered).toEqual([]);
});

describe('proof of what stands elsewhere', () => {
  test('is the greatest register of each name in any slot', async () => {
    const { keep, sealedBy, proofOfX } = setUp();
    await keep(sealedBy(LESSER, [noteOf('x', { '/title': leaf(3, 'new', LESSER), '/text': leaf(1, 'old', LESSER) })]));
    await keep(sealedBy(GREATER, [noteOf('x', { '/title': leaf(1, 'old'), '/text': leaf(2, 'newer', GREATER) })]));
    expect((await proofOfX())?.registers).toEqual(
      noteOf('x', { '/title': leaf(3, 'new', LESSER), '/text': leaf(2, 'newer', GREATER) }).registers,
    );
  });

  test('is not what stands in a slot that does not count', async () => {
    const { keep, sealedBy, proofOfX } = setUp();
    await keep(sealedBy(GREATER, [note]));
    expect(await proofOfX((deviceId) => deviceId !== GREATER)).toBeUndefined();
  });

  test('is not what a newer version of the slot has given up', async () => {
    const { keep, sealedBy, proofOfX } = setUp();
    await keep(sealedBy(GREATER, [note], { createdAt: 100 }));
    await keep(sealedBy(GREATER, [], { createdAt: 200 }));
    expect(await proofOfX()).toBeUndefined();
  });

  test('is of all the devices to whom this one yields, what their slots hold together', async () => {
    const { keep, sealedBy, proofOfX } = setUp();
    const text = { '/text': leaf(2, 'a text', GREATER) };
    await keep(sealedBy(LESSER, [note]));
    await keep(sealedBy('9'.repeat(32), [noteOf('x', text)]));
    expect((await proofOfX())?.copies?.leaves).toEqual(new Map([...note.registers.leaves, ...Object.entries(text)]));
  });

  test('lets a copy yield to that of one device of the two only', async () => {
    const { keep, sealedBy, proofOfX } = setUp();
    await keep(sealedBy(GREATER, [note]));
    expect((await proofOfX())?.copies).toBeUndefined();
    await keep(sealedBy(LESSER, [note]));
    expect((await proofOfX())?.copies).toEqual(note.registers);
  });
});

test('the app gets its turn before each slot that is opened', async () => {
  const { keep, sealedBy, remoteSlots, pauses } = setUp();
  for (const index of [0, 1, 2]) await keep(sealedBy(GREATER, [note], { index }));
  const turns: number[] = [];
  for await (const [{ index }] of remoteSlots.contents(() => true)) turns[index] = pauses();
  expect(turns).toEqual([1, 2, 3]);
});
