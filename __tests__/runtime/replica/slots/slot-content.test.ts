import fc from 'fast-check';
import {
  joinContent,
  NOTHING,
  partBySize,
  registerCount,
  splitDocument,
} from '../../../../src/runtime/replica/slots/slot-content';
import type { ContentDocument } from '../../../../src/runtime/replica/slots/slot-content';
import { leaf, noteOf, stampOf } from '../slot-modules';

const joined = (documents: Iterable<ContentDocument>) => joinContent(NOTHING, documents);

describe('a document that is split', () => {
  const anyDocument = fc
    .tuple(
      fc.dictionary(fc.stringMatching(/^[a-z]{1,5}$/), fc.oneof(fc.integer(), fc.string({ maxLength: 300 })), {
        maxKeys: 12,
      }),
      fc.constantFrom(
        {},
        { inserted: stampOf(1) },
        { deleted: stampOf(0) },
        { inserted: stampOf(1), deleted: stampOf(0) },
      ),
      fc.constantFrom('x', 'x'.repeat(1_000)),
    )
    .map(([values, life, id]) =>
      noteOf(id, Object.fromEntries(Object.entries(values).map(([name, value]) => [`/${name}`, leaf(2, value)])), life),
    );

  test('has all that is in its parts, each register in one, the life stamps in the first', () => {
    fc.assert(
      fc.property(anyDocument, fc.integer({ min: 2, max: 20 }), (document, pieces) => {
        const parts = splitDocument(document, pieces);
        const hasLife = document.registers.inserted !== undefined || document.registers.deleted !== undefined;
        const indivisible = document.registers.leaves.size + (hasLife ? 1 : 0) < 2;
        expect(parts === undefined).toBe(indivisible);
        if (!parts) return;
        expect(joined(parts)).toEqual(joined([document]));
        expect(parts.reduce((sum, part) => sum + registerCount(part), 0)).toBe(registerCount(document));
        expect(parts.map(registerCount)).not.toContain(0);
        const { inserted, deleted } = parts[0]!.registers;
        expect([inserted, deleted]).toEqual([document.registers.inserted, document.registers.deleted]);
      }),
    );
  });

  test('is in as many parts of one length as were asked for', () => {
    const leaves = Array.from({ length: 300 }, (_, at) => [`/field${100 + at}`, leaf(1, 'x'.repeat(100))]);
    expect(splitDocument(noteOf('x', Object.fromEntries(leaves)), 30)?.map(registerCount)).toEqual(Array(30).fill(10));
  });
});

describe('what is too large', () => {
  const large = leaf(1, 'x'.repeat(24_600));

  test('is parted from the rest of its document', () => {
    const rest = noteOf('x', { '/title': leaf(1, 'a title') }, { inserted: stampOf(1) });
    const other = noteOf('y', { '/title': leaf(1, 'another') });
    const whole = joinContent(NOTHING, [rest, noteOf('x', { '/body': large }), other]);
    const { fitting, tooLarge } = partBySize(whole);
    expect(fitting).toEqual(joined([rest, other]));
    expect(tooLarge).toEqual(joined([noteOf('x', { '/body': large })]));
  });

  test('leaves nothing where it is all there is', () => {
    const { fitting, tooLarge } = partBySize(joined([noteOf('x', { '/body': large })]));
    expect([fitting.size, tooLarge.size]).toEqual([0, 1]);
  });
});
