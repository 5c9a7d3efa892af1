import { decodeLive, encodeLive } from '../../../../src/runtime/replica/slots/manifest';
import { Tier } from '../../../../src/runtime/contracts/slot';
import type { SlotVersion } from '../../../../src/runtime/contracts/slot';
import { manifestOf, OWN } from '../slot-modules';

const version = (tier: Tier, index: number, seq: number): SlotVersion => ({
  ...{ deviceId: OWN, tier, index, seq, d: `${tier}${index}`, createdAt: 1, nonce: '' },
});

test('slots of neighbouring indices are one run', () => {
  const versions = [
    version(Tier.Page, 0, 7),
    version(Tier.Delta, 3, 2),
    version(Tier.Delta, 0, 5),
    version(Tier.Delta, 1, 9),
  ];
  expect(encodeLive(versions)).toEqual([
    [Tier.Delta, 0, 5, 9],
    [Tier.Delta, 3, 2],
    [Tier.Page, 0, 7],
  ]);
});

test('a manifest names the slots that it was made of', () => {
  const live = encodeLive([version(Tier.Delta, 0, 5), version(Tier.Delta, 1, 9), version(Tier.Page, 4, 7)]);
  expect(decodeLive(manifestOf({ live }))).toEqual([
    { deviceId: OWN, tier: Tier.Delta, index: 0, seq: 5 },
    { deviceId: OWN, tier: Tier.Delta, index: 1, seq: 9 },
    { deviceId: OWN, tier: Tier.Page, index: 4, seq: 7 },
  ]);
});

test('what a newer version may name beside them is passed over', () => {
  expect(
    decodeLive(
      manifestOf({
        live: [
          [9, 0, 1],
          [Tier.Page, 2, 3],
          [Tier.Note, 0, 1],
        ],
      }),
    ),
  ).toEqual([
    { deviceId: OWN, tier: Tier.Page, index: 2, seq: 3 },
    { deviceId: OWN, tier: Tier.Note, index: 0, seq: 1 },
  ]);
});
