import { withPredecessors } from '../../../../src/runtime/replica/slots/predecessors';
import { splitDocument } from '../../../../src/runtime/replica/slots/slot-content';
import { GREATER, leaf, noteOf, OWN, stampOf } from '../slot-modules';

describe('a write is published with what it begins at', () => {
  const share = (ms: number, since: string | null) => leaf(ms, [since, 1]);
  const name = `/visits#${OWN.slice(0, 16)}`;

  it('an insert with the deletion before it, whoever has deleted', () => {
    const life = { inserted: stampOf(3), deleted: stampOf(2, GREATER) };
    const write = noteOf('x', { '/title': leaf(3, 'again') }, { inserted: stampOf(3) });
    expect(withPredecessors(write, noteOf('x', { '/title': leaf(3, 'again') }, life).registers)).toEqual(
      noteOf('x', { '/title': leaf(3, 'again') }, life),
    );
  });

  it('a share of a counter with the deletion that it began at', () => {
    const life = { inserted: stampOf(3), deleted: stampOf(2) };
    const write = noteOf('x', { [name]: share(4, stampOf(2)) });
    expect(withPredecessors(write, noteOf('x', { [name]: share(4, stampOf(2)) }, life).registers)).toEqual(
      noteOf('x', { [name]: share(4, stampOf(2)) }, { deleted: stampOf(2) }),
    );
  });

  it('a share of a counter below a property with what replaced that', () => {
    const below = `/page${name}`;
    const leaves = { '/page': leaf(2, null), [below]: share(4, stampOf(2)) };
    const write = noteOf('x', { [below]: share(4, stampOf(2)) });
    expect(withPredecessors(write, noteOf('x', leaves, { inserted: stampOf(1) }).registers)).toEqual(
      noteOf('x', leaves),
    );
  });

  it.each([
    ['a change of a document that was deleted before', { '/title': leaf(4, 'changed') }, {}],
    ['a share that began with the document', { [name]: share(4, null) }, {}],
    ['a deletion', {}, { deleted: stampOf(5) }],
  ])('%s alone', (_, leaves, life) => {
    const write = noteOf('x', leaves, life);
    const whole = noteOf('x', leaves, { inserted: stampOf(3), deleted: stampOf(2), ...life });
    expect(withPredecessors(write, whole.registers)).toBe(write);
  });
});

describe('each piece of a document that is too large for one slot has what it builds on', () => {
  const name = `/z#${OWN.slice(0, 16)}`;

  it('a share of a counter has the deletion that it began at', () => {
    const life = { inserted: stampOf(3), deleted: stampOf(2) };
    const share = leaf(4, [stampOf(2), 1]);
    const [, second] = splitDocument(noteOf('x', { '/a': leaf(3, 'a'), [name]: share }, life), 2)!;
    expect(second).toEqual(noteOf('x', { [name]: share }, { deleted: stampOf(2) }));
  });

  it('a share of a counter below a property has what replaced that', () => {
    const share = leaf(4, [stampOf(2), 1]);
    const leaves = { '/page': leaf(2, null), '/a': leaf(3, 'a'), '/b': leaf(3, 'b'), [`/page${name}`]: share };
    const pieces = splitDocument(noteOf('x', leaves), 2)!;
    expect(pieces.at(-1)).toEqual(noteOf('x', { [`/page${name}`]: share, '/page': leaves['/page'] }));
  });

  it('and is smaller than the whole', () => {
    const leaves = { '/page': leaf(2, null), [`/page${name}`]: leaf(4, [stampOf(2), 1]) };
    expect(splitDocument(noteOf('x', leaves), 2)!.map(({ registers }) => registers.leaves.size)).toEqual([1, 1]);
  });
});
