import {
  checkCollectionName,
  checkedId,
  MAX_COLLECTION_BYTES,
  MAX_ID_BYTES,
} from '../../../src/runtime/crdt/document-key';
import { entryOf, readEntry } from '../../../src/runtime/crdt/entry';
import { NO_REGISTERS } from '../../../src/runtime/crdt/join';
import { ErrorCode } from '../../../src/runtime/core/errors';

describe('an id', () => {
  test.each<[what: string, id: string]>([
    ['of one character', 'a'],
    ['of a blank', ' '],
    ['with a zero byte', '\u0000'],
    ['with half of a surrogate pair', 'a\ud800'],
    ['of the greatest length', 'x'.repeat(MAX_ID_BYTES)],
    ['of the greatest length, in characters of several bytes', 'é'.repeat(MAX_ID_BYTES / 2)],
    ['that is a name of every object', '__proto__'],
  ])('%s is the same after its way through JSON', (_what, id) => {
    expect(checkedId(id, 'id')).toBe(id);
    const entry = JSON.stringify(entryOf('notes', id, NO_REGISTERS));
    expect(readEntry(JSON.parse(new TextDecoder().decode(new TextEncoder().encode(entry))))).toMatchObject({
      content: { id },
    });
  });

  test.each<[what: string, id: unknown, code: ErrorCode]>([
    ['that is missing', undefined, ErrorCode.DocumentInvalid],
    ['that is null', null, ErrorCode.DocumentInvalid],
    ['that is empty', '', ErrorCode.DocumentInvalid],
    ['that is a number', 42, ErrorCode.DocumentInvalid],
    ['that is an object', { toString: () => 'x' }, ErrorCode.DocumentInvalid],
    ['that is too long', 'x'.repeat(MAX_ID_BYTES + 1), ErrorCode.ValueTooLarge],
    ['that is too long in bytes', '😀'.repeat(MAX_ID_BYTES / 4) + 'x', ErrorCode.ValueTooLarge],
  ])('%s is refused by the name of its property', (_what, id, code) => {
    const check = () => checkedId(id, 'key');
    expect(check).toThrow(expect.objectContaining({ code }));
    expect(check).toThrow('"key"');
    expect(check).not.toThrow('xxx');
  });
});

test('a collection whose name no entry can carry is refused', () => {
  checkCollectionName('n');
  checkCollectionName('x'.repeat(MAX_COLLECTION_BYTES));
  for (const name of ['', 'a\u0000b', 'é'.repeat(MAX_COLLECTION_BYTES / 2 + 1)])
    expect(() => checkCollectionName(name)).toThrow(expect.objectContaining({ code: ErrorCode.SchemaUnsupported }));
});
