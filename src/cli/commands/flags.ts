/** Values of flags: what is malformed is refused before anything is read or changed. */
import { KitError } from '../../preset/kit-error';

export function optionInvalid(flag: string, takes: string, given?: string): KitError {
  return new KitError(
    'OPTION_INVALID',
    `${flag} takes ${takes}${given === undefined ? '' : `, and got ${JSON.stringify(given)}`}. Nothing was changed.`,
  );
}

/** @throws KitError OPTION_INVALID */
export function requireWebAddress(flag: string, given: string | undefined): void {
  if (given === undefined || (URL.canParse(given) && /^https?:$/.test(new URL(given).protocol))) return;
  throw optionInvalid(flag, 'a whole address, such as https://app.example.org', given);
}

/** @throws KitError OPTION_INVALID */
export function portOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  const port = Number(given);
  if (/^\d+$/.test(given) && port >= 1 && port <= 65_535) return port;
  throw optionInvalid('--port', 'a port from 1 to 65535', given);
}

/** @throws KitError OPTION_INVALID */
export function requireOneOf(flags: Readonly<Record<string, boolean | undefined>>): void {
  const given = Object.keys(flags).filter((flag) => flags[flag] === true);
  if (given.length < 2) return;
  throw new KitError(
    'OPTION_INVALID',
    `${given.join(' and ')} contradict each other. Nothing was changed. Leave one of them out.`,
  );
}
