import { createReadingOrder, ReadExtent } from '../../../../../src/runtime/mesh/session/reading/reading-order';
import { Shown } from '../../../../../src/runtime/mesh/read-proof';
import { OwnedClock } from '../../../../support/owned-clock';

const STALL_MS = 2_000;
const MAX_MS = 10_000;

function orderOf(urls: readonly string[], isNew = true) {
  const clock = new OwnedClock();
  const begun: string[] = [];
  const order = createReadingOrder({
    clock,
    config: { firstReadStallMs: STALL_MS, firstReadMaxMs: MAX_MS },
    isNewDevice: () => isNew,
  });
  const request = (url: string) => order.request(url, (extent) => begun.push(`${url} ${extent}`));
  urls.forEach(request);
  return { clock, order, begun, request };
}

test('the first relay is read in full, and the others in part when it has shown data', () => {
  const { order, begun, request } = orderOf(['a', 'b', 'c']);
  expect(begun).toEqual(['a full']);
  order.ended('a', Shown.Data);
  expect(begun).toEqual(['a full', 'b short', 'c short']);
  request('d');
  expect(begun.at(-1)).toBe(`d ${ReadExtent.Short}`);
});

test('a device that has written something reads each relay in full at once', () => {
  expect(orderOf(['a', 'b', 'c'], false).begun).toEqual(['a full', 'b full', 'c full']);
});

test('a first relay that is empty decides nothing: all others are read in full at once', () => {
  const { order, begun } = orderOf(['wiped', 'b', 'c']);
  order.ended('wiped', Shown.Emptiness);
  expect(begun).toEqual(['wiped full', 'b full', 'c full']);
});

test('the next relay is the first when the first one is lost, or leaves the read unanswered', () => {
  const { order, begun } = orderOf(['lost', 'b', 'c']);
  order.ended('lost', Shown.Nothing);
  expect(begun).toEqual(['lost full', 'b full']);
  order.ended('b', Shown.Nothing);
  expect(begun).toEqual(['lost full', 'b full', 'c full']);
});

test('a relay that is lost while it waits is asked no more', () => {
  const { order, begun } = orderOf(['a', 'b', 'c']);
  order.ended('b', Shown.Nothing);
  order.ended('a', Shown.Data);
  expect(begun).toEqual(['a full', 'c short']);
});

test('the next relay is read in full beside one that stalls, and whichever ends first decides', async () => {
  const { clock, order, begun } = orderOf(['stalls', 'b', 'c']);
  await clock.advance(STALL_MS - 10);
  expect(begun).toEqual(['stalls full']);
  await clock.advance(20);
  expect(begun).toEqual(['stalls full', 'b full']);
  order.ended('b', Shown.Data);
  expect(begun).toEqual(['stalls full', 'b full', 'c short']);
});

test('a relay that trickles has a limited time', async () => {
  const { clock, order, begun } = orderOf(['trickles', 'b', 'c']);
  for (let heard = 0; heard < 9; heard += 1) {
    await clock.advance(1_000);
    order.progressed('trickles');
  }
  expect(begun).toEqual(['trickles full']);
  await clock.advance(1_100);
  expect(begun).toEqual(['trickles full', 'b full']);
});

test('what a relay sends whose turn it is not counts for nothing', async () => {
  const { clock, order, begun } = orderOf(['stalls', 'b', 'c']);
  await clock.advance(1_500);
  order.progressed('c');
  await clock.advance(600);
  expect(begun).toEqual(['stalls full', 'b full']);
});
