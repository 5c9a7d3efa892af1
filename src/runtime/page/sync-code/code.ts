/**
 * The code itself: 128 random bits as a person can read them out, in Crockford's base 32 (https://www.crockford.com/base32.html), and two symbols behind them
 * that tell a typing error. 26 symbols carry the bits, and the two low bits of the last one are 0; with the check symbols they are seven groups of four.
 */
import { ErrorCode, SyncError } from '../../core/errors';

/** No I, L, O and U: they look like other symbols, or make words. */
const SYMBOLS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const CODE_BYTES = 16;
const DATA_SYMBOLS = 26;
const CHECK_SYMBOLS = 2;

/** A code that nobody else has, as `0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV`. */
export const newCode = (): string => encodeCode(crypto.getRandomValues(new Uint8Array(CODE_BYTES)));

/** @param bytes 16 of them. */
export function encodeCode(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const data = Array.from({ length: DATA_SYMBOLS }, (_, index) =>
    parseInt(bits.slice(5 * index, 5 * index + 5).padEnd(5, '0'), 2),
  );
  const symbols = [...data, ...checkSymbolsOf(data)].map((value) => SYMBOLS.charAt(value)).join('');
  return symbols.replace(/.{4}(?=.)/g, '$&-');
}

/**
 * The code that a person has typed: in capitals or not, with O for 0 and I or L for 1, grouped by whatever is no letter and no digit.
 * @throws SyncError SYNC_CODE_INVALID, without repeating it.
 */
export function readCode(typed: string): string {
  const text = typed
    .toUpperCase()
    .replace(/O/g, '0')
    .replace(/[IL]/g, '1')
    .replace(/[^0-9A-Z]/g, '');
  const values = [...text].map((symbol) => SYMBOLS.indexOf(symbol));
  if (values.includes(-1)) throw codeInvalid('it has a letter that no code has');
  if (values.length !== DATA_SYMBOLS + CHECK_SYMBOLS)
    throw codeInvalid(`it has ${values.length} letters and digits, and a code has ${DATA_SYMBOLS + CHECK_SYMBOLS}`);
  const data = values.slice(0, DATA_SYMBOLS);
  const hasError = checkSymbolsOf(data).some((value, index) => value !== values[DATA_SYMBOLS + index]);
  if (hasError || (data[DATA_SYMBOLS - 1]! & 0b11) !== 0) throw codeInvalid('a letter or digit of it is mistyped');
  return text.replace(/.{4}(?=.)/g, '$&-');
}

/**
 * The sum of the symbols, and their sum weighted by the powers of 2, in the field of 32 elements (x^5 + x^2 + 1): any one or two wrong symbols change at
 * least one of the check symbols, and so does an exchange of two. The 1 at the beginning keeps a row of zeros from being a code.
 */
function checkSymbolsOf(data: readonly number[]): readonly [number, number] {
  let sum = 0;
  let weighted = 1;
  for (const value of data) {
    sum ^= value;
    weighted = (weighted << 1) ^ (weighted & 0b10000 ? 0b100101 : 0) ^ value;
  }
  return [sum, weighted];
}

function codeInvalid(reason: string): SyncError {
  return new SyncError(
    ErrorCode.SyncCodeInvalid,
    `This is no sync code: ${reason}. Compare it with the other device, or open the link from there.`,
  );
}
