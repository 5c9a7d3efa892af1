import { isDeepStrictEqual } from 'node:util';
import { createDice } from '../../../simulation/random';
import type { ManifestFields } from '../../../src/runtime/contracts/slot';
import type { Fields } from '../../../src/runtime/crypto/json-fields';
import { readAbout, readManifest } from '../../../src/runtime/crypto/read-manifest';
import { isPlainObject } from '../../../src/runtime/crdt/json-value';
import { mutate, parseOrNothing, randomManifest } from './manifest-bytes';

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const throughJson = (fields: unknown): Fields => JSON.parse(JSON.stringify(fields)) as Fields;
const read = (fields: object): ManifestFields => readManifest(throughJson(fields))!;
const parsed = (text: string): unknown => JSON.parse(text);

const good: ManifestFields = {
  live: [[0, 3, 5, 6]],
  seen: { ['ab'.repeat(16)]: 3 },
  relays: ['wss://one.example', 'wss://two.example/nostr'],
  day: 20_759,
  label: 'Laptop',
  kit: '0.1.0',
  schema: '0123456789abcdef',
  ext: { later: [1] },
};
const empty: ManifestFields = {
  ...{ live: [], seen: {}, relays: [], day: undefined, label: '', kit: '', schema: '', ext: {} },
};

/** What every manifest that was read keeps to, whatever was in it. */
function breaksBounds({ live, seen, relays, day, label, kit, schema, ext }: ManifestFields): string | undefined {
  const names = live.reduce((count, run) => count + run.length - 2, 0);
  const isNumber = (value: number) => Number.isSafeInteger(value) && value >= 0;
  const rules: { readonly [name: string]: boolean } = {
    names: names <= 8_192 && live.every((run) => run.length > 2 && run.every(isNumber)),
    tiers: live.every(([tier]) => [0, 1, 3].includes(tier!)),
    indices: live.every((run) => run[1]! + run.length - 3 <= 0xffff_ffff),
    seen: Object.keys(seen).length <= 256 && Object.values(seen).every(isNumber),
    devices: Object.keys(seen).every((deviceId) => /^[0-9a-f]{32}$/.test(deviceId)),
    relays: relays.length <= 8 && relays.every((url) => /^wss?:/.test(url) && Buffer.byteLength(url) <= 200),
    day: day === undefined || !Number.isNaN(new Date(day * 86_400_000).getTime()),
    label: [...label].length <= 40 && label === label.trim() && !/[\p{Cc}\p{Cs}]/u.test(label),
    kit: kit.length <= 32,
    schema: /^([0-9a-f]{16})?$/.test(schema),
    ext: isPlainObject(ext) && bytesOf(ext) <= 4_096,
  };
  return Object.keys(rules).find((rule) => !rules[rule]);
}

test('what was written is what is read', () => {
  const dice = createDice(1);
  for (let round = 0; round < 5_000; round++) {
    const manifest = randomManifest(dice);
    if (!isDeepStrictEqual(read(manifest), manifest)) expect(read(manifest)).toEqual(manifest);
  }
});

test('what was read once is read the same again', () => {
  const dice = createDice(2);
  for (let round = 0; round < 5_000; round++) {
    const fields = parseOrNothing(mutate(JSON.stringify(randomManifest(dice)), dice));
    const once = isPlainObject(fields) && readManifest(fields);
    if (once && !isDeepStrictEqual(read(once), once)) expect(read(once)).toEqual(once);
  }
});

test('200,000 mutations throw nothing and break no bound', () => {
  const dice = createDice(3);
  const texts = Array.from({ length: 200 }, () => JSON.stringify(randomManifest(dice)));
  const broken = new Set<string>();
  let count = 0;
  for (let round = 0; round < 200_000; round++) {
    const fields = parseOrNothing(mutate(dice.pick(texts), dice));
    const manifest = isPlainObject(fields) ? readManifest(fields) : undefined;
    if (!manifest) continue;
    count += 1;
    const rule = breaksBounds(manifest);
    if (rule !== undefined) broken.add(rule);
  }
  expect([...broken]).toEqual([]);
  expect(count).toBeGreaterThan(40_000);
}, 60_000);

const STRANGE = [
  'null',
  'true',
  '-1',
  '0.5',
  '1e999',
  '1e300',
  '"x"',
  '"\\u0000"',
  '[]',
  '[[]]',
  '[[0]]',
  '{}',
  '{"a":1e999}',
];

describe.each(Object.keys(good).filter((name) => name !== 'live'))('without a good "%s"', (name) => {
  test.each(['', ...STRANGE])('all others are read: %s', (text) => {
    const { [name as keyof typeof good]: _left, ...rest } = good;
    const fields = text === '' ? rest : { ...rest, [name]: parsed(text) };
    const { [name as keyof typeof good]: _read, ...others } = readManifest(fields as Fields)!;
    expect(others).toEqual(rest);
  });
});

test.each(['null', '{}', '"[]"', '7', '{"length":1,"0":[0,0,1]}'])('where live is %s, it is no manifest', (live) => {
  expect(readManifest({ ...good, live: parsed(live) })).toBeUndefined();
});

test('of one that says nothing else, everything else is empty', () => {
  expect(readManifest({ live: [] })).toEqual(empty);
});

describe('live slots', () => {
  test.each<[string, string, number[][]]>([
    ['a run of a tier that is not known', '[[9,0,1],[0,0,1]]', [[0, 0, 1]]],
    ['a run of manifests', '[[2,0,1],[1,0,1]]', [[1, 0, 1]]],
    ['a tier that is a text', '[["0",0,1],[1,0,1]]', [[1, 0, 1]]],
    ['what is no run', '[null,{},"x",[3,5,2]]', [[3, 5, 2]]],
    ['an empty run', '[[],[0],[0,1],[1,0,1]]', [[1, 0, 1]]],
    ['an index that is none', '[[0,-1,1],[0,0.5,1],[0,"1",1],[1,0,1]]', [[1, 0, 1]]],
    [
      'a number that is none among good ones',
      '[[0,0,5,-1,7,1e999,"x",8,9]]',
      [
        [0, 0, 5],
        [0, 2, 7],
        [0, 5, 8, 9],
      ],
    ],
    ['names beyond the last index', '[[0,4294967294,1,2,3],[1,4294967296,1]]', [[0, 4_294_967_294, 1, 2]]],
    ['numbers beyond all safe integers', '[[0,9007199254740992,1],[0,0,9007199254740992,2]]', [[0, 1, 2]]],
  ])('%s: the good ones are named', (_what, live, expected) => {
    expect(readManifest({ ...good, live: parsed(live) })).toEqual({ ...good, live: expected });
  });

  test.each<[string, number[][]]>([
    ['one run', [[0, 0, ...Array<number>(400_000).fill(1)]]],
    ['one run that ends at the last of 2^32 names', [[1, 2 ** 31, ...Array<number>(300_000).fill(1)]]],
    ['runs of one', Array.from({ length: 100_000 }, (_, index) => [0, 2 * index, 1])],
    ['one slot, again and again', Array.from({ length: 100_000 }, () => [0, 0, 1])],
  ])('as many as fit into a payload, in %s, are 8,192', (_what, live) => {
    const manifest = readManifest({ ...good, live })!;
    expect(manifest.live.reduce((count, run) => count + run.length - 2, 0)).toBe(8_192);
    expect(breaksBounds(manifest)).toBeUndefined();
  });
});

test('of 100,000 devices seen, 256 are', () => {
  const seen = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [i.toString(16).padStart(32, '0'), i]));
  const manifest = readManifest({ ...good, seen })!;
  expect(Object.keys(manifest.seen)).toHaveLength(256);
  expect(manifest).toEqual({ ...good, seen: manifest.seen });
});

test('a device that is none is left out beside one that is', () => {
  const seen = parsed(`{"__proto__":1,"x":2,"${'A'.repeat(32)}":3,"${'a'.repeat(32)}":4,"${'b'.repeat(32)}":-1}`);
  const manifest = readManifest({ ...good, seen })!;
  expect(manifest.seen).toEqual({ ['a'.repeat(32)]: 4 });
  expect(isPlainObject(manifest.seen)).toBe(true);
});

describe('relays', () => {
  const relaysOf = (relays: unknown) => readManifest({ ...good, relays })!.relays;

  test.each<[string, readonly unknown[], readonly string[]]>([
    [
      '500: the first eight',
      Array.from({ length: 500 }, (_, i) => `wss://r${i}.example`),
      [0, 1, 2, 3, 4, 5, 6, 7].map((i) => `wss://r${i}.example`),
    ],
    ['one twice, spelt in two ways', ['wss://A.example/', 'wss://a.example'], ['wss://a.example']],
    ['addresses of 10 kB', [`wss://a.example/${'x'.repeat(10_000)}`, 'wss://b.example'], ['wss://b.example']],
    [
      'one of 200 bytes and one of 201',
      [200, 201].map((bytes) => 'wss://a.example/'.padEnd(bytes, 'x')),
      ['wss://a.example/'.padEnd(200, 'x')],
    ],
    ['one that is longer as it is written on the wire', [`wss://a.example/${'ü'.repeat(90)}`], []],
    ['one that takes more bytes than characters', [`wss://a.example/?${'界'.repeat(70)}`], []],
    ['no encryption', ['ws://a.example', 'ws://localhost:7001'], ['ws://localhost:7001']],
    [
      'other schemes',
      ['https://a.example', 'javascript:alert(1)', 'file:///etc/passwd', 'data:,x', 'wss://a.example'],
      ['wss://a.example'],
    ],
    ['a password, a fragment', ['wss://u:p@a.example', 'wss://a.example/#x', 'wss://b.example'], ['wss://b.example']],
    [
      'private addresses, of which only the shape is looked at',
      ['wss://192.168.1.1', 'wss://[::1]:1'],
      ['wss://192.168.1.1', 'wss://[::1]:1'],
    ],
    ['what is no text', [null, 7, {}, ['wss://a.example'], 'wss://b.example'], ['wss://b.example']],
  ])('%s', (_what, relays, expected) => {
    expect(relaysOf(relays)).toEqual(expected);
  });

  test('no more than 64 entries are looked at, because parsing what is no address takes long', () => {
    const bad = (count: number) => Array.from({ length: count }, (_, i) => `https://${i}`);
    expect(relaysOf([...bad(63), 'wss://a.example'])).toEqual(['wss://a.example']);
    expect(relaysOf([...bad(64), 'wss://a.example'])).toEqual([]);
  });
});

describe('a label', () => {
  const labelOf = (label: unknown) => readAbout({ label }).label;

  test.each<[string, string, string]>([
    ['of 1 MB', 'x'.repeat(1_000_000), 'x'.repeat(40)],
    ['of 41 characters that take two units each', '\u{1f4bb}'.repeat(41), '\u{1f4bb}'.repeat(40)],
    ['with blanks around it', '  Laptop\n', 'Laptop'],
    ['that is cut at a blank', `${'x'.repeat(39)} y`, 'x'.repeat(39)],
    ['with control characters', 'a\u0000b\u001b[31mc\u0085d\u007f', 'ab[31mcd'],
    ['with line separators', 'a\u2028b\u2029c', 'abc'],
    ['that turns the direction of what follows', 'a\u202etxt.exe\u2066', 'atxt.exe'],
    ['with half a character', 'a\ud800b\udc00', 'ab'],
    ['of nothing that shows', '\u0000'.repeat(5_000), ''],
  ])('%s', (_what, label, expected) => {
    expect(labelOf(label)).toBe(expected);
    expect(labelOf(expected)).toBe(expected);
  });
});

describe('what is under keys that are not known', () => {
  const extOf = (text: string) => readManifest({ ...good, ext: parsed(text) })!.ext;

  test('is kept, whatever the keys are called', () => {
    const ext = extOf('{"__proto__":{"polluted":1},"constructor":2,"":3}');
    expect(JSON.stringify(ext)).toBe('{"__proto__":{"polluted":1},"constructor":2,"":3}');
    expect(isPlainObject(ext)).toBe(true);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  test.each([
    ['4,096 bytes are kept', 4_096, true],
    ['4,097 bytes are left out', 4_097, false],
    ['1 MB is left out', 1_000_000, false],
  ])('%s', (_what, bytes, isKept) => {
    const ext = { a: 'x'.repeat(bytes - bytesOf({ a: '' })) };
    expect(readManifest({ ...good, ext })).toEqual({ ...good, ext: isKept ? ext : {} });
  });

  test('a member that no document could hold is left out, alone', () => {
    const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(extOf(`{"a":1e999,"b":[{"c":-1e999}],"d":${nested},"e":1}`)).toEqual({ e: 1 });
  });
});
