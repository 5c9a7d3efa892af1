import { createPlaceWatch } from '../../../../src/runtime/mesh/session/place-watch';
import { Shown } from '../../../../src/runtime/mesh/read-proof';
import { Demotion } from '../../../../src/runtime/mesh/pool/demotion';
import { OwnedClock } from '../../../support/owned-clock';

const UNREACHABLE_MS = 30_000;
const USELESS_MS = 60_000;

/** A relay that shows nothing, beside another one that is connected. */
function watched() {
  const clock = new OwnedClock();
  const state = { isOpen: false, shown: Shown.Nothing };
  const demoted: Demotion[] = [];
  const unreachableAt: number[] = [];
  const began = clock.now();
  const place = createPlaceWatch({
    clock,
    random: () => 0.5,
    unreachable: () => void unreachableAt.push(clock.now() - began),
    config: { unreachableAfterMs: UNREACHABLE_MS, uselessAfterMs: USELESS_MS } as never,
    isOpen: () => state.isOpen,
    shown: () => state.shown,
    isSilent: () => false,
    isProgressing: () => false,
    othersOpen: () => true,
    demote: (reason) => void demoted.push(reason),
  });
  place.start();
  return {
    ...{ clock, demoted, unreachableAt },
    open(): void {
      state.isOpen = true;
      place.reached();
    },
    close(): void {
      state.isOpen = false;
      place.lost();
    },
    show(shown: Shown): void {
      state.shown = shown;
      place.showed();
    },
    asked: place.asked,
    answered: place.answered,
  };
}

describe('a relay that cannot be reached', () => {
  it('is said to be unreachable after a while, which is not the same for all clients, and again as long as it is', async () => {
    const { clock, unreachableAt, open, close, show } = watched();
    await clock.advance(2.5 * UNREACHABLE_MS);
    expect(unreachableAt).toEqual([1.1 * UNREACHABLE_MS, 2.2 * UNREACHABLE_MS]);
    open();
    show(Shown.Data);
    await clock.advance(5 * UNREACHABLE_MS);
    close();
    show(Shown.Nothing);
    await clock.advance(UNREACHABLE_MS);
    expect(unreachableAt).toHaveLength(2);
    await clock.advance(0.1 * UNREACHABLE_MS);
    expect(unreachableAt).toHaveLength(3);
  });
});

it.each([
  ['left something unanswered', false, [Demotion.Unresponsive], 0],
  ['answered all that it was asked, if by nothing,', true, [], 1],
])('one that %s and is gone', async (_what, isAnswered, demotions, timesUnreachable) => {
  const { clock, demoted, unreachableAt, open, close, asked, answered } = watched();
  open();
  asked();
  if (isAnswered) answered();
  await clock.advance(USELESS_MS / 2);
  close();
  await clock.advance(1.1 * UNREACHABLE_MS);
  expect(demoted).toEqual(demotions);
  expect(unreachableAt).toHaveLength(timesUnreachable);
});

describe('a relay that shows nothing', () => {
  it('is useless when it has been connected for so long', async () => {
    const { clock, demoted, open } = watched();
    open();
    await clock.advance(USELESS_MS - 1);
    expect(demoted).toEqual([]);
    await clock.advance(1);
    expect(demoted).toEqual([Demotion.Unresponsive]);
  });

  it('is useless by then although it is being connected to anew at that moment', async () => {
    const { clock, demoted, open, close } = watched();
    for (let connection = 0; connection < 5; connection += 1) {
      open();
      await clock.advance(11_900);
      close();
      await clock.advance(100);
    }
    open();
    await clock.advance(1_000);
    expect(demoted).toEqual([Demotion.Unresponsive]);
  });

  it('has its time after it was down', async () => {
    const { clock, demoted, open, show } = watched();
    await clock.advance(2 * USELESS_MS);
    demoted.length = 0;
    open();
    await clock.advance(USELESS_MS - 1);
    show(Shown.Data);
    await clock.advance(10 * USELESS_MS);
    expect(demoted).toEqual([]);
  });

  it('has its time again after it has shown something', async () => {
    const { clock, demoted, open, show } = watched();
    open();
    await clock.advance(USELESS_MS - 1);
    show(Shown.Data);
    show(Shown.Nothing);
    await clock.advance(USELESS_MS - 1);
    expect(demoted).toEqual([]);
    await clock.advance(1);
    expect(demoted).toEqual([Demotion.Unresponsive]);
  });

  it('has been of no use since it answered last, however late that shows', async () => {
    const { clock, demoted, open, show, asked } = watched();
    open();
    show(Shown.Data);
    await clock.advance(10 * USELESS_MS);
    asked();
    await clock.advance(USELESS_MS / 2);
    asked();
    show(Shown.Nothing);
    await clock.advance(USELESS_MS / 2 - 1);
    expect(demoted).toEqual([]);
    await clock.advance(1);
    expect(demoted).toEqual([Demotion.Unresponsive]);
  });

  it('is not held to what it was asked before an answer, or before a connection was lost', async () => {
    const { clock, demoted, open, close, show, asked, answered } = watched();
    open();
    show(Shown.Data);
    asked();
    await clock.advance(USELESS_MS / 2);
    answered();
    await clock.advance(USELESS_MS / 4);
    asked();
    close();
    await clock.advance(1_000);
    open();
    show(Shown.Nothing);
    await clock.advance(USELESS_MS - 1);
    expect(demoted).toEqual([]);
    await clock.advance(1);
    expect(demoted).toEqual([Demotion.Unresponsive]);
  });
});
