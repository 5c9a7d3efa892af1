import fc from 'fast-check';
import { ErrorCode } from '../../../src/runtime/core/errors';
import type { IdentityPart } from '../../../src/runtime/core/open-request';
import {
  databaseNameOf,
  guestIdentity,
  isGuessable,
  normaliseIdentity,
  passwordOf,
} from '../../../src/runtime/crypto/identity';
import vectors from '../../vectors/keys.json';

type Parts = readonly IdentityPart[];

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const identityOf = (parts: Parts): string => hex(normaliseIdentity(parts));
const password = (parts: Parts, secret?: string): string => hex(passwordOf(normaliseIdentity(parts), secret));

/** Reads a password as docs/protocol.md lays it out. */
function readPassword(text: string): { readonly parts: readonly string[]; readonly secret: string | undefined } {
  const bytes = Buffer.from(text, 'hex');
  let at = 4;
  const next = (): string => {
    const length = bytes.readUInt32BE(at);
    at += 4 + length;
    expect(at).toBeLessThanOrEqual(bytes.length);
    return bytes.toString('utf8', at - length, at);
  };
  const parts = Array.from({ length: bytes.readUInt32BE(0) }, next);
  const secret = at < bytes.length ? next() : undefined;
  expect(at).toBe(bytes.length);
  return { parts, secret };
}

const white = ['\t', '\n', ' ', '\u00a0', '\u2000', '\u3000', '\ufeff'];
const letters = ['a', 'B', '@', '.', '\u0001', '"', '\u0130', '\u03a3', '\u0308', 'e', '\u00df', '\uac00', '\u11a8'];
const character = fc.oneof(
  fc.constantFrom(...white, ...letters, '\u{1f40e}', '\u{20000}'),
  fc.string({ minLength: 1, maxLength: 3, unit: 'grapheme' }),
);
const text = fc
  .array(character, { maxLength: 6 })
  .map((characters) => characters.join(''))
  .filter((joined) => !joined.includes('\0') && joined.isWellFormed());
const filled = text.filter((one) => one.normalize('NFC').trim() !== '');
const anyParts = fc.array(fc.oneof(filled, fc.maxSafeInteger()), { minLength: 1, maxLength: 4 });
const anySecret = fc.option(filled, { nil: undefined });

describe('an identity has one form', () => {
  test.each(vectors.keys)('of the vectors: $name', ({ parts, secret, ...expected }) => {
    expect(identityOf(parts)).toBe(expected.identity);
    expect(password(parts, secret)).toBe(expected.password);
  });

  test.each<[string, Parts, Parts]>([
    ['e-mail addresses in any case', [' Ada@Example.ORG'], ['ada@example.org']],
    ['composed and decomposed letters', ['Zoe\u0308'], ['Zo\u00eb']],
    ['white space around a part', ['\t 42\n'], ['42']],
    ['a number and its digits', [42, -7], ['42', '-7']],
    ['zero with either sign', [-0], ['0']],
    ['the greatest safe integer', [Number.MAX_SAFE_INTEGER], ['9007199254740991']],
  ])('for %s', (_name, one, other) => {
    expect(identityOf(one)).toBe(identityOf(other));
  });

  test.each<[string, Parts, Parts]>([
    ['another order', ['a', 'b'], ['b', 'a']],
    ['one part instead of two', ['a,b'], ['a', 'b']],
    ['a part that looks like the end of one', ['a","b'], ['a', 'b']],
    ['the same letters in other parts', ['ab', 'c'], ['a', 'bc']],
    ['user names in another case', ['Ada'], ['ada']],
    ['the digits of a number with a zero before them', [7], ['07']],
  ])('and another for %s', (_name, one, other) => {
    expect(identityOf(one)).not.toBe(identityOf(other));
  });

  test('which does not change when it is taken again', () => {
    fc.assert(
      fc.property(anyParts, anySecret, (parts, secret) => {
        const once = password(parts, secret);
        const read = readPassword(once);
        expect(read.parts).toHaveLength(parts.length);
        expect(password(read.parts, read.secret)).toBe(once);
      }),
      { numRuns: 2_000 },
    );
  });

  test('whichever part it was that another one ends in', () => {
    fc.assert(
      fc.property(anyParts, anySecret, anyParts, anySecret, (one, secret, other, otherSecret) => {
        const [a, b] = [password(one, secret), password(other, otherSecret)];
        expect(a === b).toBe(JSON.stringify(readPassword(a)) === JSON.stringify(readPassword(b)));
        // A secret moves to the parts, and a part to its neighbour.
        if (secret !== undefined) expect(password([...one, secret])).not.toBe(a);
        const [first, ...rest] = one.map(String);
        expect(password([`${first} ${rest.join('')}`, ...rest.slice(1)], secret) === a).toBe(rest.length === 0);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('what cannot be an identity is refused, and not repeated in the message', () => {
  const typeless = (...parts: unknown[]) => parts as string[];

  test.each<[string, Parts]>([
    ['no list', 'user-1' as unknown as string[]],
    ['an empty list', []],
    ['an empty part', ['user-1', '']],
    ['a blank part', ['user-1', ' \u3000']],
    ['a fraction', [1.5]],
    ['NaN', [NaN]],
    ['an infinity', [Infinity]],
    ['a number that is not safe', [2 ** 53]],
    ['a BigInt', typeless(42n)],
    ['a boolean', typeless('user-1', true)],
    ['null', typeless(null)],
    ['undefined, before the user is known', typeless(undefined)],
    ['an object', typeless({ id: 'user-1' })],
    ['a list', typeless(['user-1'])],
    ['a hole in the list', Object.assign(new Array<string>(2), { 0: 'user-1' })],
    ['a NUL character', ['user-1\0']],
    ['half of a surrogate pair', ['user-1\ud83d']],
    ['the other half', ['\udc0euser-1']],
    ['halves in the wrong order', ['user-1\udc0e\ud83d']],
    ['a part of 1,025 bytes', ['x'.repeat(1_025)]],
    ['a part of 1,025 bytes in 513 letters', ['ä'.repeat(512) + 'x']],
    ['more parts than the black box takes', Array.from({ length: 16 }, () => 'x'.repeat(1_024))],
  ])('%s', (_name, parts) => {
    expect(() => normaliseIdentity(parts)).toThrow(expect.objectContaining({ code: ErrorCode.IdentityInvalid }));
    expect(() => normaliseIdentity(parts)).not.toThrow(/user-1|xxx|äää/);
  });

  test('naming the part by its number', () => {
    expect(() => normaliseIdentity(['a', 'b\0', 'c'])).toThrow('part 2 holds a NUL');
  });

  test.each([1, 1_024])('but not a part of %i bytes', (bytes) => {
    expect(normaliseIdentity(['x'.repeat(bytes)])).toHaveLength(8 + bytes);
  });
});

describe('a secret', () => {
  const identity = normaliseIdentity(['user-1']);

  test.each([
    ['composed and decomposed letters', 'Zoe\u0308', 'Zo\u00eb'],
    ['white space around it', '\u3000a b\n', 'a b'],
  ])('is the same for %s', (_name, one, other) => {
    expect(password(['user-1'], one)).toBe(password(['user-1'], other));
  });

  test.each([
    ['another case', 'Word', 'word'],
    ['white space in it', 'a  b', 'a b'],
  ])('is another for %s', (_name, one, other) => {
    expect(password(['user-1'], one)).not.toBe(password(['user-1'], other));
  });

  test.each([
    ['empty', ''],
    ['blank', ' \u3000\t'],
    ['with a NUL character', 'hidden\0'],
    ['with half of a surrogate pair', 'hidden\ud83d'],
    ['of another type', 42],
    ['null', null],
    ['an object', { hidden: true }],
    ['longer than the black box takes', 'hidden'.repeat(2_560)],
  ])('that is %s is refused, and not repeated in the message', (_name, secret) => {
    const derive = () => passwordOf(identity, secret as string);
    expect(derive).toThrow(expect.objectContaining({ code: ErrorCode.SecretInvalid }));
    expect(derive).not.toThrow(/hidden/);
  });

  test('fills the input of the black box up to its last byte', () => {
    expect(passwordOf(identity, 's'.repeat(15_360 - 14 - 4))).toHaveLength(15_360);
    expect(() => passwordOf(identity, 's'.repeat(15_360 - 14 - 3))).toThrow('takes more than');
  });

  test('and none leave the identity as it is when the password is overwritten', () => {
    passwordOf(identity, undefined).fill(0);
    expect(hex(identity)).toBe(identityOf(['user-1']));
  });
});

describe('guessable is', () => {
  test.each<[string, Parts, boolean]>([
    ['a lone e-mail address', ['ada@example.org'], true],
    ['a lone phone number', [' +49 (30) 901820 '], true],
    ['a lone short number', ['4711'], true],
    ['a lone short number that is no text', [4711], true],
    ['a UUID', ['3f2b8c1e-7d7a-4a43-9a35-0a4f3f1c2b6d'], false],
    ['a number of 20 digits', ['10769150350006150715'], false],
    ['an e-mail address and a number', ['ada@example.org', '1'], true],
    ['an e-mail address and an id', ['ada@example.org', '3f2b8c1e-7d7a-4a43-9a35-0a4f3f1c2b6d'], false],
    ['a user name', ['alice'], true],
    ['a literal, which looks like one', ['elecctro'], true],
    ['a full name', ['Ada Lovelace'], true],
    ['a user name with a year', ['ada.lovelace1815'], true],
    ['a public key of Nostr', ['npub180cvv07tjdrrgpa0j7j7tmnyl2yr6yr7l8j4s3evf6u64th6gkwsyjh6w6'], true],
    ['the address of a wallet', ['0x71C7656EC7ab88b098defB751B7401B5f6d8976F'], true],
    ['the account number of another service', ['google-oauth2|107691503500061507151'], true],
    ['the subject of an own sign-in', ['auth0|5f7c8ec7c33c6c004bbafe82'], false],
    ['a random id of 20 characters', ['V1StGXR8Z5jdHi6Bmyt0'], false],
    ['a short random id', ['x7Kd93mQ'], false],
    ['the uid of Firebase', ['tR3kPq9LmZXc2vB7nY8wQe4sUa61'], false],
  ])('%s: %j is %s', (_name, parts, expected) => {
    expect(isGuessable(parts)).toBe(expected);
  });

  test('nothing with a secret', () => {
    expect(isGuessable(['ada@example.org'], 'a secret')).toBe(false);
  });
});

describe('the name of the databases', () => {
  const importKey = (r: string): Promise<CryptoKey> =>
    crypto.subtle.importKey('raw', Buffer.from(r, 'hex'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const bytes = (text: string) => new Uint8Array(Buffer.from(text, 'hex'));

  test.each(vectors.databases)(
    'of $identity is that of the vectors',
    async ({ r, appId, fingerprint, identity, name }) => {
      expect(await databaseNameOf(await importKey(r), { appId, fingerprint }, bytes(identity))).toBe(name);
    },
  );

  test('is another one in another installation', async () => {
    const { appId, fingerprint, identity, name } = vectors.databases[0]!;
    const elsewhere = await importKey('00'.repeat(32));
    expect(await databaseNameOf(elsewhere, { appId, fingerprint }, bytes(identity))).not.toBe(name);
  });

  test('is another one where app id and fingerprint are the same only when they are joined', async () => {
    const key = await importKey('00'.repeat(32));
    const named = (appId: string, fingerprint: string) =>
      databaseNameOf(key, { appId, fingerprint }, normaliseIdentity(['user-1']));
    expect(await named('ab', 'c')).not.toBe(await named('a', 'bc'));
  });

  test('of a guest is made from no parts at all, which no user has', () => {
    expect(hex(guestIdentity())).toBe(vectors.databases.at(-1)!.identity);
    expect(() => normaliseIdentity([])).toThrow('at least one');
  });
});
