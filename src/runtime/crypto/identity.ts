/** Who the user is to the kit: what the app already knows, in one form on every device (docs/protocol.md, section 1). */
import { ErrorCode, SyncError } from '../core/errors';
import { concatBytes, toHex, toUtf8, type Bytes } from '../core/bytes';
import { INPUT_BYTES } from './derive-keys';

const maxPartBytes = 1_024;
/** Leaves room for the app id in the input of the black box. */
const maxPasswordBytes = INPUT_BYTES - 1_024;

const emailAddress = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
/** Phone numbers have up to 15 digits (E.164); counted-up user numbers fewer. */
const digitsAndSeparators = /^\+?[\d\s().\-/]+$/;
const maxGuessableDigits = 15;

/**
 * The identity as one string, the same for the same parts on every device and different for different ones.
 * Parts are brought to NFC and trimmed; e-mail addresses become lower case.
 * @throws SyncError IDENTITY_INVALID, naming the part by its number and never repeating it
 */
export function normaliseIdentity(parts: readonly string[]): string {
  if (!Array.isArray(parts) || parts.length === 0) {
    throw invalid('it has to be a list of at least one text, such as [user.id]');
  }
  return JSON.stringify(parts.map(normalisePart));
}

/**
 * The password of the derivation in UTF-8: the identity, and behind a zero byte the secret if there is one. The caller overwrites it.
 * @param identity As `normaliseIdentity` gives it: JSON holds no zero byte, so no identity can pass for one with a secret.
 * @throws SyncError IDENTITY_INVALID
 */
export function passwordOf(identity: string, secret: string | undefined): Bytes {
  if (secret === undefined) return boundedPassword(toUtf8(identity));
  if (typeof secret !== 'string' || secret === '') {
    throw invalid(
      'its secret is empty; leave `secret` out where there is none, because an empty one would make other keys',
    );
  }
  return boundedPassword(concatBytes(toUtf8(identity), new Uint8Array(1), toUtf8(secret)));
}

/** Whether a stranger could find the identity by trying: a lone e-mail address, phone number or short number, and no secret. */
export function isGuessable(parts: readonly string[], secret?: string): boolean {
  const [part, ...more] = parts;
  if (part === undefined || more.length > 0 || secret !== undefined) return false;
  const text = part.trim();
  if (emailAddress.test(text)) return true;
  return digitsAndSeparators.test(text) && text.replace(/\D/g, '').length <= maxGuessableDigits;
}

/** 16 hex digits that name the databases of an identity; without the installation's key they confirm no guess. */
export async function databaseNameOf(
  installationKey: CryptoKey,
  app: { readonly appId: string; readonly fingerprint: string },
  identity: string,
): Promise<string> {
  const message = toUtf8([app.appId, app.fingerprint, identity].join('\0'));
  const code = await crypto.subtle.sign('HMAC', installationKey, message);
  return toHex(new Uint8Array(code, 0, 8));
}

function normalisePart(part: unknown, index: number): string {
  if (typeof part !== 'string') throw invalid(`part ${index + 1} is not a text; write numbers as String(id)`);
  const text = part.normalize('NFC').trim();
  if (text === '') throw invalid(`part ${index + 1} is empty; open the engine when the user is known`);
  const whole = emailAddress.test(text) ? text.toLowerCase().normalize('NFC') : text;
  if (toUtf8(whole).length > maxPartBytes) throw invalid(`part ${index + 1} is longer than ${maxPartBytes} bytes`);
  return whole;
}

function boundedPassword(password: Bytes): Bytes {
  if (password.length <= maxPasswordBytes) return password;
  password.fill(0);
  throw invalid(`with its secret it is longer than ${maxPasswordBytes} bytes; hash long values before`);
}

function invalid(reason: string): SyncError {
  return new SyncError(ErrorCode.IdentityInvalid, `The identity cannot be used: ${reason}.`);
}
