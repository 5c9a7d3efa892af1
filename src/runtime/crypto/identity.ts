/**
 * Who the user is to the kit: what the app already knows, in one form on every device (docs/protocol.md, section 1). Whatever is joined bears
 * its length before it, so that no two different inputs give the same bytes.
 */
import { ErrorCode, SyncError } from '../core/errors';
import { concatBytes, toHex, toUtf8, type Bytes } from '../core/bytes';
import { checkIdentity, identityInvalid } from '../core/open-request';
import type { IdentityPart } from '../core/open-request';
import { INPUT_BYTES } from './derive-keys';

const maxPartBytes = 1_024;
/** Leaves room for the app id in the input of the black box. */
const maxPasswordBytes = INPUT_BYTES - 1_024;

const emailAddress = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
/** Phone numbers have up to 15 digits (E.164); counted-up user numbers fewer. */
const digitsAndSeparators = /^\+?[\d\s().\-/]+$/;
const maxGuessableDigits = 15;
/** Known to everybody: Nostr (NIP-19), Ethereum, Bitcoin (bech32), and the `sub` of a sign-in with another service's account, whose number is public. */
const publicKeys: readonly RegExp[] = [
  /^(nostr:)?(npub|nprofile)1[a-z\d]{20,}$/i,
  /^(0x|did:\w+:0x)[\da-f]{40}$/i,
  /^bc1[a-z\d]{25,}$/i,
  /^(google-oauth2|github|facebook|twitter|linkedin|apple|windowslive|discord)\|[\w.]+$/i,
];
/** A name that people type: letters, with a few digits; random ids of this length have digits among them, or are longer. */
const userName = /^@?(?=.{1,20}$)\p{L}[\p{L}\p{M}]*([ ._-]\p{L}[\p{L}\p{M}]*)*[ ._-]?\d{0,4}$/u;
/** Half of a pair: UTF-8 has no bytes for it, so all of them would become the same. */
const loneSurrogate = /\p{Surrogate}/u;

/**
 * The identity in bytes, the same for the same parts on every device and different for different ones. Parts are brought to NFC and trimmed;
 * e-mail addresses become lower case, and a safe integer counts as its decimal digits.
 * @throws SyncError IDENTITY_INVALID, naming the part by its number and never repeating it
 */
export function normaliseIdentity(parts: readonly IdentityPart[]): Bytes {
  checkIdentity(parts);
  const identity = encodeIdentity(parts.map(normalisePart));
  if (identity.length <= maxPasswordBytes) return identity;
  throw identityInvalid(`its parts are longer than ${maxPasswordBytes} bytes together; hash long values before`);
}

/** What no user is: the identity without parts, under which a guest's databases are named. */
export const guestIdentity = (): Bytes => encodeIdentity([]);

/**
 * The password of the derivation: the identity, and behind it the secret if there is one, brought to NFC and trimmed. The caller overwrites it.
 * @param identity as `normaliseIdentity` gives it
 * @throws SyncError SECRET_INVALID, without repeating it
 */
export function passwordOf(identity: Bytes, secret: string | undefined): Bytes {
  if (secret === undefined) return identity.slice();
  const password = join(identity.slice(), withLength(toUtf8(normaliseSecret(secret))));
  if (password.length <= maxPasswordBytes) return password;
  password.fill(0);
  throw secretInvalid(
    `with its length and the identity it takes more than ${maxPasswordBytes} bytes; hash a long one before`,
  );
}

/**
 * Whether a stranger could find the identity by trying, each of its parts being public or countable, and no secret. A literal of the app's source cannot
 * be told from a user's name here, which is a short word, too, so both are covered by it; the command line reads the source and knows which.
 */
export function isGuessable(parts: readonly IdentityPart[], secret?: string): boolean {
  return secret === undefined && parts.length > 0 && parts.every((part) => isPublicOrCountable(String(part).trim()));
}

function isPublicOrCountable(text: string): boolean {
  if (emailAddress.test(text) || publicKeys.some((form) => form.test(text))) return true;
  if (digitsAndSeparators.test(text)) return text.replace(/\D/g, '').length <= maxGuessableDigits;
  return userName.test(text);
}

/** 16 hex digits that name the databases of an identity; without the installation's key they confirm no guess. */
export async function databaseNameOf(
  installationKey: CryptoKey,
  app: { readonly appId: string; readonly fingerprint: string },
  identity: Bytes,
): Promise<string> {
  const message = concatBytes(withLength(toUtf8(app.appId)), withLength(toUtf8(app.fingerprint)), identity);
  const code = await crypto.subtle.sign('HMAC', installationKey, message);
  return toHex(new Uint8Array(code, 0, 8));
}

/** In UTF-8. */
function normalisePart(part: IdentityPart, index: number): Bytes {
  const refuse = (reason: string) => identityInvalid(`part ${index + 1} ${reason}`);
  const text = normaliseText(String(part), refuse);
  const bytes = toUtf8(emailAddress.test(text) ? text.toLowerCase().normalize('NFC') : text);
  if (bytes.length > maxPartBytes) throw refuse(`is longer than ${maxPartBytes} bytes`);
  return bytes;
}

function normaliseSecret(secret: unknown): string {
  if (typeof secret !== 'string') throw secretInvalid('it is not a text; leave `secret` out where there is none');
  const text = normaliseText(secret, secretInvalid);
  if (text !== '') return text;
  throw secretInvalid(
    'it is empty; leave `secret` out where there is none, because an empty one would make other keys',
  );
}

function normaliseText(text: string, refuse: (reason: string) => SyncError): string {
  if (text.includes('\0')) throw refuse('holds a NUL character');
  if (loneSurrogate.test(text)) throw refuse('holds half of a surrogate pair, which is no character');
  return text.normalize('NFC').trim();
}

/** How many parts there are says where they end and a secret begins. */
function encodeIdentity(parts: readonly Bytes[]): Bytes {
  return join(uint32(parts.length), ...parts.map(withLength));
}

function withLength(bytes: Bytes): Bytes {
  return join(uint32(bytes.length), bytes);
}

/** Overwrites what it joins, so that the whole is all that is left to overwrite. */
function join(...parts: readonly Bytes[]): Bytes {
  const whole = concatBytes(...parts);
  for (const part of parts) part.fill(0);
  return whole;
}

function uint32(value: number): Bytes {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function secretInvalid(reason: string): SyncError {
  return new SyncError(ErrorCode.SecretInvalid, `The secret cannot be used: ${reason}.`);
}
