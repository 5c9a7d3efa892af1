/** What browsers, pages and drivers say, for messages of this program: plain, on one line, and short. */
import { stripVTControlCharacters } from 'node:util';

/** @param longest in characters. */
export function plainText(text: string, longest = 200): string {
  const line = stripVTControlCharacters(text)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  return line.length > longest ? `${line.slice(0, longest)}...` : line;
}

/** The first line of an error, without the name of the browser driver's function that threw it, and what that was waiting for. */
export function reasonOf(error: unknown): string {
  const message = stripVTControlCharacters(error instanceof Error ? error.message : String(error));
  const lines = message
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const waitedFor = lines.map((line) => /^-? ?(waiting for .*)$/.exec(line)?.[1]).find((found) => found !== undefined);
  const reason = plainText((lines[0] ?? '').replace(/^[a-z]\w*\.\w+: /i, ''));
  return `${reason === '' ? 'an error without a message' : reason.replace(/\.$/, '')}${waitedFor === undefined ? '' : `, ${plainText(waitedFor)}`}`;
}
