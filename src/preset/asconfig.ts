/**
 * The settings of AssemblyScript's compiler. They stand in `asconfig.json`, which `npx asc` reads as well: that of the app where it has one, and
 * below it, for everything that it does not say, the one of this package.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { KitError } from './kit-error';
import { JsonMistake, parseJson, placeAt } from './parse-json';
import type { Place } from './parse-json';

/** `debug` differs from `release` by the names of functions, for stack traces and profilers; both are optimised. */
export type AsconfigTarget = 'debug' | 'release';

const targets: readonly AsconfigTarget[] = ['debug', 'release'];
const ofThisPackage = join(__dirname, '../../asconfig.json');

/**
 * The file that applies to an app, as an absolute path.
 * @throws KitError ASCONFIG_INVALID, with file, line and column
 */
export function findAsconfig(root: string): string {
  const ofApp = join(root, 'asconfig.json');
  if (!existsSync(ofApp)) return ofThisPackage;
  check(readFileSync(ofApp, 'utf8'));
  return ofApp;
}

/**
 * The text of a settings file as the compiler is to read it when the preset compiles one entry: without the entries of the file and without what
 * is written beside a module on the command line, and with the settings of this package below its own.
 * @throws KitError ASCONFIG_INVALID
 */
export function settingsText(file: string): string {
  const { entries: _entries, options, targets: given, ...settings } = parse(readFileSync(file, 'utf8'), basename(file));
  return JSON.stringify({
    ...(file !== ofThisPackage && { extends: ofThisPackage }),
    ...settings,
    options: ofModule(options),
    targets: isObject(given)
      ? Object.fromEntries(Object.entries(given).map(([target, value]) => [target, ofModule(value)]))
      : {},
  });
}

/** A module that names a source map which is not there makes browsers ask for it. */
function ofModule(settings: unknown): Settings {
  if (!isObject(settings)) return {};
  const { sourceMap: _sourceMap, textFile: _textFile, ...others } = settings;
  return others;
}

type Settings = Record<string, unknown>;

function check(text: string): void {
  const settings = parse(text, 'asconfig.json');
  if (settings.options !== undefined && !isObject(settings.options)) {
    throw invalid('asconfig.json', placeOf('options', text), '"options" is not an object.');
  }
  // A file that is extended may have the targets.
  if (typeof settings.extends === 'string' && settings.targets === undefined) return;
  const given = settings.targets;
  for (const target of targets) {
    if (isObject(given) && isObject(given[target])) continue;
    throw invalid('asconfig.json', placeOf('targets', text), `there is no target "${target}" in "targets".`);
  }
}

function parse(text: string, file: string): Settings {
  try {
    const settings = parseJson(text);
    if (isObject(settings)) return settings;
  } catch (error) {
    if (error instanceof JsonMistake) throw invalid(file, error.place, `${error.message}.`);
    throw error;
  }
  throw invalid(file, { line: 1, column: 1 }, 'it is not an object.');
}

/** Of a key at any depth, or the beginning. */
function placeOf(key: string, text: string): Place {
  return placeAt(text, Math.max(0, text.indexOf(`"${key}"`)));
}

function isObject(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(file: string, { line, column }: Place, what: string): KitError {
  return new KitError(
    'ASCONFIG_INVALID',
    `${file}:${line}:${column} cannot be used to compile AssemblyScript: ${what} ` +
      'Correct it: it has to be JSON without comments, with "targets": { "debug": {}, "release": {} }, whose settings and those of "options" are ' +
      "the compiler's. Without the file the settings of zero-backend-sync hold.",
  );
}
