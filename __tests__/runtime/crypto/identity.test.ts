import { ErrorCode } from '../../../src/runtime/core/errors';
import { databaseNameOf, isGuessable, normaliseIdentity, passwordOf } from '../../../src/runtime/crypto/identity';
import vectors from '../../vectors/keys.json';

describe('an identity has one form', () => {
  test.each(vectors.keys)('of the vectors: $name', ({ parts, secret, identity, password }) => {
    expect(normaliseIdentity(parts)).toBe(identity);
    expect(Buffer.from(passwordOf(identity, secret)).toString('hex')).toBe(password);
  });

  test.each([
    ['e-mail addresses in any case', [' Ada@Example.ORG'], ['ada@example.org']],
    ['composed and decomposed letters', ['Zoe\u0308'], ['Zo\u00eb']],
    ['white space around a part', ['\t 42\n'], ['42']],
  ])('for %s', (_name, one, other) => {
    expect(normaliseIdentity(one)).toBe(normaliseIdentity(other));
  });

  test.each([
    ['another order', ['a', 'b'], ['b', 'a']],
    ['one part instead of two', ['a,b'], ['a', 'b']],
    ['a part that looks like the end of one', ['a","b'], ['a', 'b']],
    ['user names in another case', ['Ada'], ['ada']],
    ['unpaired surrogates', ['\ud800'], ['\ud801']],
  ])('and another for %s', (_name, one, other) => {
    expect(normaliseIdentity(one)).not.toBe(normaliseIdentity(other));
  });

  test('which does not change when it is taken again', () => {
    for (const { parts } of vectors.keys) {
      const once = normaliseIdentity(parts);
      expect(normaliseIdentity(JSON.parse(once) as string[])).toBe(once);
    }
    // The capital I with a dot becomes two characters in lower case.
    const once = normaliseIdentity(['\u0130@example.org']);
    expect(normaliseIdentity(JSON.parse(once) as string[])).toBe(once);
  });
});

describe('what cannot be an identity is refused, and not repeated in the message', () => {
  test.each([
    ['no list', 'user-1' as unknown as string[]],
    ['an empty list', []],
    ['an empty part', ['user-1', '']],
    ['a blank part', ['user-1', ' \u3000']],
    ['a number', ['user-1', 42 as unknown as string]],
    ['undefined, before the user is known', [undefined as unknown as string]],
    ['a part of 1,025 bytes', ['x'.repeat(1_025)]],
    ['a part of 1,025 bytes in 513 letters', ['ä'.repeat(512) + 'x']],
  ])('%s', (_name, parts) => {
    expect(() => normaliseIdentity(parts)).toThrow(expect.objectContaining({ code: ErrorCode.IdentityInvalid }));
    expect(() => normaliseIdentity(parts)).not.toThrow(/user-1|xxx|äää/);
  });

  test('an empty secret', () => {
    expect(() => passwordOf('["a"]', '')).toThrow(expect.objectContaining({ code: ErrorCode.IdentityInvalid }));
  });

  test('more than the black box takes', () => {
    const parts = Array.from({ length: 16 }, () => 'x'.repeat(1_024));
    expect(() => passwordOf(normaliseIdentity(parts), undefined)).toThrow(
      expect.objectContaining({ code: ErrorCode.IdentityInvalid }),
    );
    expect(() => passwordOf('["a"]', 's'.repeat(15_360))).toThrow(
      expect.objectContaining({ code: ErrorCode.IdentityInvalid }),
    );
  });
});

test('no identity can pass for another one with a secret', () => {
  const withSecret = Buffer.from(passwordOf(normaliseIdentity(['a']), 'b')).toString();
  const without = Buffer.from(passwordOf(normaliseIdentity(['a"]\0b']), undefined)).toString();
  expect(withSecret).not.toBe(without);
  expect(without).not.toContain('\0');
});

describe('guessable is', () => {
  test.each([
    ['a lone e-mail address', ['ada@example.org'], true],
    ['a lone phone number', [' +49 (30) 901820 '], true],
    ['a lone short number', ['4711'], true],
    ['a UUID', ['3f2b8c1e-7d7a-4a43-9a35-0a4f3f1c2b6d'], false],
    ['a number of 20 digits', ['10769150350006150715'], false],
    ['a compound identity', ['ada@example.org', '4711'], false],
  ])('%s: %j is %s', (_name, parts, expected) => {
    expect(isGuessable(parts)).toBe(expected);
  });

  test('nothing with a secret', () => {
    expect(isGuessable(['ada@example.org'], 'a secret')).toBe(false);
  });
});

describe('the name of the databases', () => {
  const importKey = (hex: string): Promise<CryptoKey> =>
    crypto.subtle.importKey('raw', Buffer.from(hex, 'hex'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);

  test.each(vectors.databases)(
    'of $identity is that of the vectors',
    async ({ r, appId, fingerprint, identity, name }) => {
      expect(await databaseNameOf(await importKey(r), { appId, fingerprint }, identity)).toBe(name);
    },
  );

  test('is another one in another installation', async () => {
    const { appId, fingerprint, identity, name } = vectors.databases[0]!;
    expect(await databaseNameOf(await importKey('00'.repeat(32)), { appId, fingerprint }, identity)).not.toBe(name);
  });
});
