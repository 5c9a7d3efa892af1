import type { Manifest } from '../../../../../src/runtime/mesh/event-intake';
import { unnamedSpans } from '../../../../../src/runtime/mesh/session/reading/short-read';
import { makeHead } from '../../../../support/test-slots';

const config = { unnamedBeforeMs: 30_000, unnamedAfterMs: 600_000 };

const spansOf = (...writtenAt: readonly number[]) =>
  unnamedSpans(
    writtenAt.map((createdAt): Manifest => ({ version: makeHead({ createdAt }).version, names: new Map() })),
    config,
  );

test('after the newest manifest everything may be unnamed, and a little before it', () => {
  expect(spansOf(100_000)).toEqual([{ since: 99_970 }]);
});

test('a device that wrote its manifest earlier may have written for some minutes after it', () => {
  expect(spansOf(50_000, 100_000)).toEqual([{ since: 99_970 }, { since: 49_970, until: 50_600 }]);
});

test('spans that overlap are one', () => {
  expect(spansOf(99_500, 100_000, 50_000, 49_500)).toEqual([{ since: 99_470 }, { since: 49_470, until: 50_600 }]);
});

test('there are none without a manifest, and eight at most', () => {
  expect(spansOf()).toEqual([]);
  expect(spansOf(...Array.from({ length: 40 }, (_, day) => (day + 1) * 86_400))).toHaveLength(8);
});
