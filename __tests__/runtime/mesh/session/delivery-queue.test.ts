import { Tier } from '../../../../src/runtime/contracts/slot';
import {
  nextDueMs,
  nextToSend,
  toConfirm,
  WantPhase,
  type Want,
} from '../../../../src/runtime/mesh/session/delivery-queue';
import { makeHead } from '../../../support/test-slots';

let offers = 0;

function want(changes: Partial<Want> & { readonly tier?: Tier; readonly own?: boolean } = {}): Want {
  const { tier = Tier.Delta, own = true, ...rest } = changes;
  offers += 1;
  const head = makeHead({ tier, index: offers, createdAt: 1 }, own);
  return {
    d: head.version.d,
    head,
    offered: offers,
    lacks: false,
    phase: WantPhase.Queued,
    notBefore: 0,
    confirmed: true,
    failures: 0,
    drops: 0,
    promised: false,
    answeredAt: 0,
    cancel: () => {},
    ...rest,
  };
}

const always = (): boolean => true;

describe('nextToSend', () => {
  it.each<[string, Want, Want]>([
    ['an address that the relay lacks before a newer version', want({ lacks: true, tier: Tier.Page }), want()],
    ["others' missing address before an own newer version", want({ lacks: true, own: false }), want()],
    ["own before others'", want({ lacks: true, tier: Tier.Page }), want({ lacks: true, own: false })],
    ['a delta before a page', want(), want({ tier: Tier.Page })],
    ['a page before a manifest', want({ tier: Tier.Page }), want({ tier: Tier.Manifest })],
    ['what was offered first', want({ offered: 1 }), want({ offered: 2 })],
  ])('chooses %s', (_, first, second) => {
    expect(nextToSend([first, second], 0, always)).toBe(first);
    expect(nextToSend([second, first], 0, always)).toBe(first);
  });

  it.each<[string, Want]>([
    ['is under way', want({ phase: WantPhase.Sent })],
    ['is being read back', want({ phase: WantPhase.ReadBack })],
    ['has to wait', want({ notBefore: 1 })],
    ['has not been confirmed', want({ confirmed: false, own: false })],
  ])('leaves out what %s', (_, waiting) => {
    expect(nextToSend([waiting], 0, always)).toBeUndefined();
  });

  it('leaves out what may not be written yet', () => {
    const blocked = want({ lacks: true });
    const free = want();
    expect(nextToSend([blocked, free], 0, ({ d }) => d !== blocked.d)).toBe(free);
  });
});

it('confirms only what is due and unconfirmed, and only so many at once', () => {
  const wants = Array.from({ length: 5 }, () => want({ confirmed: false, own: false }));
  expect(toConfirm([want(), want({ confirmed: false, notBefore: 9 }), ...wants], 0, 3)).toEqual(
    wants.slice(0, 3).map(({ d }) => d),
  );
});

it('wakes for the next that is due', () => {
  expect(nextDueMs([want({ notBefore: 500 }), want({ notBefore: 300 }), want()], 100)).toBe(200);
  expect(nextDueMs([want(), want({ phase: WantPhase.Sent, notBefore: 900 })], 100)).toBe(Infinity);
});
