/** Random documents, writes and devices for the properties of the merge. */
import fc from 'fast-check';
import { registersAfterWrite } from '../../../src/runtime/crdt/local-write';
import { greatestStamp, joinRegisters, NO_REGISTERS } from '../../../src/runtime/crdt/join';
import type { Registers } from '../../../src/runtime/crdt/registers';
import { compileRules } from '../../../src/runtime/crdt/merge-rules';
import { nextStamp } from '../../../src/runtime/crdt/stamp';
import { viewOf } from '../../../src/runtime/crdt/view';
import type { SyncDocument, SyncValue } from '../../../src/runtime/core/json';

export const rules = compileRules({
  primaryKey: 'id',
  type: 'object',
  additionalProperties: true,
  properties: {
    id: { type: 'string' },
    title: { type: 'string' },
    theme: { type: 'string', default: 'light' },
    box: { type: 'object', 'x-merge': 'atomic' },
    tags: { type: 'array', items: { type: ['string', 'number'] }, 'x-merge': 'set' },
    flags: { type: 'array', items: { type: 'string' }, 'x-merge': 'set', default: ['new', 'old'] },
    visits: { type: 'integer', 'x-merge': 'counter', default: 3 },
    settings: {
      type: 'object',
      properties: {
        font: { type: 'number', default: 14 },
        marks: { type: 'array', items: { type: 'string' }, 'x-merge': 'set' },
        uses: { type: 'number', 'x-merge': 'counter' },
        deep: { type: 'object' },
      },
    },
  },
});

const keys = fc.constantFrom(
  'a',
  'b',
  'x/y',
  'm~n',
  '',
  '0',
  'p+q',
  'p#q',
  '__proto__',
  'constructor',
  'é',
  '😀',
  '\ud800',
);
const scalar = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom('', 's', '😀', '\uffff', '__x'),
  fc.boolean(),
  fc.constant(null),
);

/** Objects of any names: fc.dictionary would lose `__proto__`. */
const object = (value: fc.Arbitrary<SyncValue>): fc.Arbitrary<SyncDocument> =>
  fc.array(fc.tuple(keys, value), { maxLength: 3 }).map((entries) => Object.fromEntries(entries) as SyncDocument);

export const anyValue: fc.Arbitrary<SyncValue> = fc.letrec<{ value: SyncValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    scalar,
    fc.array(tie('value'), { maxLength: 2 }) as fc.Arbitrary<SyncValue>,
    object(tie('value')),
  ),
})).value;

const absentOr = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });

const settings = fc
  .tuple(
    fc.record(
      {
        font: fc.integer({ min: 12, max: 16 }),
        marks: fc.array(fc.constantFrom('m', 'n'), { maxLength: 2 }),
        uses: fc.integer({ min: -2, max: 5 }),
        deep: object(anyValue),
      },
      { requiredKeys: [] },
    ),
    object(anyValue),
  )
  .map(([known, open]) => ({ ...open, ...known }) as SyncDocument);

/** A document without its primary key. */
export const anyDocument: fc.Arbitrary<SyncDocument> = fc
  .tuple(
    object(anyValue),
    fc.record({
      title: absentOr(fc.constantFrom('t', 'u')),
      theme: absentOr(fc.constantFrom('light', 'dark')),
      box: absentOr(object(anyValue)),
      tags: absentOr(fc.array(fc.constantFrom('x', 'a/b', '1', 1, 'c+d', '#'), { maxLength: 4 })),
      flags: absentOr(fc.array(fc.constantFrom('new', 'old', 'hot'), { maxLength: 3 })),
      visits: absentOr(fc.integer({ min: -5, max: 9 })),
      settings: absentOr(
        fc.oneof({ weight: 5, arbitrary: settings }, { weight: 1, arbitrary: fc.constantFrom('off', null) }),
      ),
    }),
  )
  .map(([open, known]) => {
    const present = Object.entries(known).filter(([, value]) => value !== undefined);
    return { ...open, ...Object.fromEntries(present) } as SyncDocument;
  });

export type Step =
  | { readonly device: number; readonly write: SyncDocument | null; readonly wallMs: number }
  | { readonly device: number; readonly from: number };

const DEVICES = ['a', 'b', 'c'].map((digit) => digit.repeat(16));

export const anySteps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        device: fc.nat(2),
        write: fc.option(anyDocument, { nil: null, freq: 5 }),
        wallMs: fc.integer({ min: 1, max: 6 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ device: fc.nat(2), from: fc.nat(2) }) },
  ),
  { maxLength: 14 },
);

/** Lives through the steps on three devices and returns every state that any of them ever had. */
export function statesOf(steps: readonly Step[]): readonly Registers[] {
  const devices: Registers[] = DEVICES.map(() => NO_REGISTERS);
  const states: Registers[] = [];
  for (const step of steps) {
    const before = devices[step.device]!;
    const after =
      'from' in step
        ? joinRegisters(before, devices[step.from]!)
        : write(before, step.write, step.wallMs, DEVICES[step.device]!);
    devices[step.device] = after;
    states.push(after);
  }
  return states;
}

export function write(before: Registers, document: SyncDocument | null, wallMs: number, author: string): Registers {
  const after = document && { ...document, id: 'd' };
  return registersAfterWrite({ before, after, rules, stamp: nextStamp(greatestStamp(before), wallMs, author) });
}

export const view = (registers: Registers) => viewOf(registers, rules);
