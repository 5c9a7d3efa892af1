import { chooseRelays, isMissed } from '../../../../src/runtime/mesh/pool/places';

const candidate = (name: string, { used = false, isDown = false, demotedUntil = 0 } = {}) => ({
  name,
  isDown,
  relay: used ? {} : undefined,
  demotedUntil,
  demotion: (now: number) => (now < demotedUntil ? 'refuses' : undefined),
});

describe('chooseRelays', () => {
  it.each([
    ['the first in configured order', ['a', 'b', 'c', 'd'].map((name) => candidate(name)), 'ab'],
    [
      'what comes first before what is in use',
      [candidate('a'), candidate('b', { used: true }), candidate('c', { used: true })],
      'ab',
    ],
    [
      'a spare in place of one that is down',
      [candidate('a', { used: true, isDown: true }), candidate('b'), candidate('c')],
      'bc',
    ],
    [
      'the first of the list where all are down',
      ['a', 'b', 'c'].map((name) => candidate(name, { isDown: true, used: name === 'c' })),
      'ab',
    ],
    [
      'one that is down before a demoted one',
      [candidate('a', { demotedUntil: 9 }), candidate('b', { isDown: true }), candidate('c')],
      'cb',
    ],
    [
      'a spare in place of a demoted one',
      [candidate('a', { used: true, demotedUntil: 9 }), candidate('b', { used: true }), candidate('c')],
      'bc',
    ],
    [
      'a demoted one in use where there is no spare',
      [candidate('a', { used: true, demotedUntil: 9 }), candidate('b', { used: true })],
      'ba',
    ],
    [
      'the demoted one whose time ends first',
      [candidate('a', { demotedUntil: 9 }), candidate('b', { demotedUntil: 7 }), candidate('c')],
      'cb',
    ],
    ['one whose demotion has ended', [candidate('a', { demotedUntil: 5 }), candidate('b'), candidate('c')], 'ab'],
  ])('takes %s', (_, candidates, names) => {
    expect(
      chooseRelays(candidates, 2, 5)
        .map(({ name }) => name)
        .join(''),
    ).toBe(names);
  });
});

describe.each(['forges', 'floods'])('one that %s', (reason) => {
  const harmful = { ...candidate('x', { used: true, demotedUntil: 9 }), demotion: () => reason };
  const chosen = (others: readonly ReturnType<typeof candidate>[]) =>
    chooseRelays([harmful, ...others], 4, 5).map(({ name }) => name);

  it('is not used while others are enough to make a write durable', () => {
    expect(chosen([candidate('a'), candidate('b', { used: true })])).toEqual(['a', 'b']);
  });

  it('is used where they are not', () => {
    expect(chosen([candidate('a'), candidate('b', { demotedUntil: 9 })])).toEqual(['a', 'x', 'b']);
  });
});

describe('a relay is missed', () => {
  it.each([
    ['that is down and comes first', [candidate('x', { isDown: true }), candidate('a'), candidate('b')], true],
    [
      'that is down and fills a vacancy',
      [candidate('a'), candidate('b', { isDown: true }), candidate('x', { isDown: true })],
      true,
    ],
    ['not behind enough others', [candidate('a'), candidate('b'), candidate('x', { isDown: true })], false],
    ['not if it is not down', [candidate('x'), candidate('a'), candidate('b')], false],
    ['not if it has a place all the same', [candidate('x', { isDown: true, used: true }), candidate('a')], false],
    ['not if it is demoted', [candidate('x', { isDown: true, demotedUntil: 9 }), candidate('a')], false],
  ])('%s', (_, candidates, expected) => {
    const relay = candidates.find(({ name }) => name === 'x')!;
    expect(isMissed(relay, candidates, 2, 5)).toBe(expected);
  });
});
