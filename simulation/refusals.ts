/** Writes that have to be refused, with their coded error, and leave everything as it was; and what is right to refuse besides: what no counter can count. */
import type { SyncError } from '../src/runtime/core/errors';
import { ErrorCode } from '../src/runtime/core/errors';
import type { SyncDocument } from '../src/runtime/core/json';
import { MAX_DEPTH } from '../src/runtime/core/json';
import { NO_REGISTERS } from '../src/runtime/crdt/join';
import { MergeStrategy } from '../src/runtime/crdt/merge-rules';
import type { App } from './app/app';
import type { Hand } from './app/kind';
import { newThing } from './app/app';
import { registersOfRow, Verdict } from './chronicle';
import type { Chronicle } from './chronicle';
import { THINGS } from './collections';
import type { AppVersion } from './collections';
import { countedPlaces, numberAt, sharesOf } from './counted-places';
import type { Attempt, Tab } from './tab';

/** Something that no document may be. */
interface Refusable {
  readonly what: string;
  readonly code: ErrorCode;
  readonly id?: string;
  readonly properties?: { readonly [name: string]: unknown };
}

export async function writeRefusable(chronicle: Chronicle, tab: Tab, id: string, hand: Hand): Promise<void> {
  const { app } = chronicle;
  const refusable = drawRefusable(app, tab.version, hand);
  const { what, code, properties } = refusable;
  const attempt = await tab.write(THINGS, refusable.id ?? id, (known) => {
    const whole = known ?? newThing(app, tab.version, id, { dice: hand.dice, mayCount: false });
    return { ...whole, ...properties } as SyncDocument;
  });
  chronicle.count(`refused.${what}`);
  const { error, after } = attempt!;
  if (!error) return chronicle.find(Verdict.Violated, `a write was not refused: ${what}, ${JSON.stringify(attempt)}`);
  if (error.code !== code)
    chronicle.find(Verdict.Violated, `a write (${what}) was refused with ${error.code}: ${error.message}`);
  if (after) chronicle.find(Verdict.Violated, `a write was refused and stored: ${what}`);
}

function drawRefusable({ propertiesOf, idLength }: App, version: AppVersion, { dice }: Hand): Refusable {
  const x = dice.next();
  if (x < 0.35) {
    const { name, kind } = dice.pick(propertiesOf[version].filter(({ kind: { invalid } }) => invalid.length > 0));
    return { what: kind.name, code: ErrorCode.DocumentInvalid, properties: { [name]: dice.pick(kind.invalid) } };
  }
  return x < 0.5 ? dice.pick(idsRefused(idLength)) : dice.pick(REFUSED)();
}

const idsRefused = (idLength: number): readonly Refusable[] => [
  { what: 'id.empty', code: ErrorCode.DocumentInvalid, id: '' },
  { what: 'id.bytes', code: ErrorCode.ValueTooLarge, id: '\u{1f600}'.repeat(257) },
  { what: 'id.bytes', code: ErrorCode.ValueTooLarge, id: 'x'.repeat(1_025) },
  ...(idLength < 1_024
    ? [{ what: 'id.length', code: ErrorCode.DocumentInvalid, id: 'x'.repeat(idLength + 1) }]
    : [{ what: 'id.bytes', code: ErrorCode.ValueTooLarge, id: 'é'.repeat(513) }]),
];

const invalid = (what: string, properties: Refusable['properties']) => (): Refusable => ({
  ...{ what, code: ErrorCode.DocumentInvalid, properties: properties! },
});
/** The schema says nothing of "settings". */
const unsupported = (what: string, value: unknown) => (): Refusable => ({
  ...{ what, code: ErrorCode.ValueUnsupported, properties: { settings: value } },
});
const tooLarge = (what: string, properties: Refusable['properties']) => (): Refusable => ({
  ...{ what, code: ErrorCode.ValueTooLarge, properties: properties! },
});

const REFUSED: readonly (() => Refusable)[] = [
  invalid('unknown-property', { 'no property': 1 }),
  invalid('missing', { label: undefined }),
  ...[NaN, Infinity, -Infinity].map((value) => unsupported('not-finite', { a: [value] })),
  ...[new Date(0), new Map(), /a/, new Uint8Array(1), Object.create({ a: 1 })].map((value) =>
    unsupported('class', [value]),
  ),
  ...[10n, Symbol('a'), () => 0].map((value) => unsupported('no-json', { '': value })),
  unsupported('hole', [undefined]),
  unsupported('hole', [1, , 2]),
  ...['{"__proto__":{"a":1}}', '{"a":{"__proto__":null}}', '{"__x":1}', '{"a.__b":1}'].map((json) =>
    unsupported('reserved-name', JSON.parse(json)),
  ),
  unsupported('deep', JSON.parse('['.repeat(MAX_DEPTH + 1) + ']'.repeat(MAX_DEPTH + 1))),
  unsupported('deep', JSON.parse('{"a":'.repeat(MAX_DEPTH + 1) + '1' + '}'.repeat(MAX_DEPTH + 1))),
  tooLarge('large', { settings: 'x'.repeat(24_576) }),
  tooLarge('large', { settings: { a: ['\u0000'.repeat(4_096)] } }),
  tooLarge('large', { settings: { ['\u{1f600}'.repeat(6_200)]: 1 } }),
  tooLarge('large', { tags: ['"'.repeat(8_200)] }),
  ...[2 ** 53, -(2 ** 53)].map((visits) => () => ({
    what: 'counter',
    code: ErrorCode.ValueUnsupported,
    properties: { visits },
  })),
];

const MOST = Number.MAX_SAFE_INTEGER;

/** What is right to refuse though the schema takes it: a counter, or what one device has added to it, would be beyond what can be counted. */
export function judgeRefusal(chronicle: Chronicle, tab: Tab, error: SyncError, attempt: Attempt): void {
  if (error.code !== ErrorCode.ValueUnsupported || !isUncountable(chronicle.app, tab.version, attempt))
    return chronicle.failed(error);
  chronicle.count('refused.uncountable');
  if (attempt.after) chronicle.find(Verdict.Violated, `a write was refused and stored: ${error.message}`);
}

function isUncountable(app: App, version: AppVersion, { shown, asked, before }: Attempt): boolean {
  const registers = before ? registersOfRow(app, THINGS, before) : NO_REGISTERS;
  return countedPlaces(app.rulesOf[version][THINGS]!).some((place) => {
    if (place.strategy !== MergeStrategy.Counter) return false;
    const value = numberAt(asked ?? undefined, place);
    const delta = value - numberAt(shown, place);
    const shares = sharesOf(registers, place.name);
    const held = shares.get('') ?? 0;
    return [
      value,
      delta,
      held + delta,
      ...[...shares.values()].flatMap((share) => [share + delta, share + held + delta]),
    ].some((count) => Math.abs(count) > MOST);
  });
}
