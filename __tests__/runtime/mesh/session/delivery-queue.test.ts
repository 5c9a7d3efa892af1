import { Tier } from '../../../../src/runtime/contracts/slot';
import {
  nextDueMs,
  nextToSend,
  toConfirm,
  DeliveryPhase,
  type Delivery,
} from '../../../../src/runtime/mesh/session/delivery-queue';
import { makeHead } from '../../../support/test-slots';

let offers = 0;

function delivery(changes: Partial<Delivery> & { readonly tier?: Tier; readonly own?: boolean } = {}): Delivery {
  const { tier = Tier.Delta, own = true, ...rest } = changes;
  offers += 1;
  const head = makeHead({ tier, index: offers, createdAt: 1 }, own);
  return {
    d: head.version.d,
    head,
    offered: offers,
    lacks: false,
    phase: DeliveryPhase.Queued,
    notBefore: 0,
    confirmed: true,
    failures: 0,
    drops: 0,
    promised: false,
    doubted: false,
    answeredAt: 0,
    cancel: () => {},
    ...rest,
  };
}

const always = (): boolean => true;

describe('nextToSend', () => {
  it.each<[string, Delivery, Delivery]>([
    ['an address that the relay lacks before a newer version', delivery({ lacks: true, tier: Tier.Page }), delivery()],
    ["others' missing address before an own newer version", delivery({ lacks: true, own: false }), delivery()],
    ["own before others'", delivery({ lacks: true, tier: Tier.Page }), delivery({ lacks: true, own: false })],
    ['a delta before a page', delivery(), delivery({ tier: Tier.Page })],
    ['a page before a manifest', delivery({ tier: Tier.Page }), delivery({ tier: Tier.Manifest })],
    ['what was offered first', delivery({ offered: 1 }), delivery({ offered: 2 })],
  ])('chooses %s', (_, first, second) => {
    expect(nextToSend([first, second], 0, always)).toBe(first);
    expect(nextToSend([second, first], 0, always)).toBe(first);
  });

  it.each<[string, Delivery]>([
    ['is under way', delivery({ phase: DeliveryPhase.Sent })],
    ['is being read back', delivery({ phase: DeliveryPhase.ReadBack })],
    ['has to wait', delivery({ notBefore: 1 })],
    ['has not been confirmed', delivery({ confirmed: false, own: false })],
  ])('leaves out what %s', (_, waiting) => {
    expect(nextToSend([waiting], 0, always)).toBeUndefined();
  });

  it('leaves out what may not be written yet', () => {
    const blocked = delivery({ lacks: true });
    const free = delivery();
    expect(nextToSend([blocked, free], 0, ({ d }) => d !== blocked.d)).toBe(free);
  });
});

it('confirms only what is due and unconfirmed, and only so many at once', () => {
  const deliveries = Array.from({ length: 5 }, () => delivery({ confirmed: false, own: false }));
  const waiting = [delivery(), delivery({ confirmed: false, notBefore: 9 }), ...deliveries];
  expect(toConfirm(waiting, 0, 3, always)).toEqual(deliveries.slice(0, 3).map(({ d }) => d));
});

it('confirms nothing that is not sent all the same', () => {
  const [large, small] = [delivery({ confirmed: false, own: false }), delivery({ confirmed: false, own: false })];
  expect(toConfirm([large, small], 0, 3, ({ d }) => d !== large.d)).toEqual([small.d]);
});

it('wakes for the next that is due', () => {
  expect(nextDueMs([delivery({ notBefore: 500 }), delivery({ notBefore: 300 }), delivery()], 100)).toBe(200);
  expect(nextDueMs([delivery(), delivery({ phase: DeliveryPhase.Sent, notBefore: 900 })], 100)).toBe(Infinity);
});
