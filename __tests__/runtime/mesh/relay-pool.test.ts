import { chooseRelays } from '../../../src/runtime/mesh/relay-pool';

const candidate = (name: string, { used = false, demotedUntil = 0 } = {}) => ({
  name,
  relay: used ? {} : undefined,
  demotedUntil,
  demotion: (now: number) => (now < demotedUntil ? 'refuses' : undefined),
});

describe('chooseRelays', () => {
  it.each([
    ['the first in configured order', ['a', 'b', 'c', 'd'].map((name) => candidate(name)), 'ab'],
    [
      'what is in use before what would be first',
      [candidate('a'), candidate('b', { used: true }), candidate('c', { used: true })],
      'bc',
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
    expect(chosen([candidate('a'), candidate('b', { used: true })])).toEqual(['b', 'a']);
  });

  it('is used where they are not', () => {
    expect(chosen([candidate('a'), candidate('b', { demotedUntil: 9 })])).toEqual(['a', 'x', 'b']);
  });
});
