/** Where a tool's configuration is: behind a flag of a script, or the first of its usual names. */
import type { ConfigPlace, HomeApp } from './home';
import type { Wiring } from './wiring';
import type { Runner } from '../discover/scripts';

/** The files that scripts name, otherwise the first of the usual ones; each once. */
export function configPlaces(
  { files, runs }: HomeApp,
  wiring: Wiring,
  runners: readonly Runner[],
  usual: readonly string[],
): readonly ConfigPlace[] {
  const own = runs.filter(({ runner }) => runners.includes(runner));
  const named = own.flatMap(({ config }) => (config === null ? [] : [plainPath(config)]));
  const isUsualRead = named.length === 0 || own.some(({ config }) => config === null);
  const found = isUsualRead ? usual.find((file) => files.read(file) !== null) : undefined;
  return [...new Set([...named, ...(found === undefined ? [] : [found])])].map((file) => ({ file, wiring }));
}

/** `./config/a.js` -> `config/a.js` */
export function plainPath(file: string): string {
  return file.replace(/^(\.\/)+/, '');
}

/** `name.js`, `name.mjs`, ... in the order in which a tool looks. */
export function withEndings(name: string, endings: readonly string[]): readonly string[] {
  return endings.map((ending) => `${name}.${ending}`);
}

/** A command without an option that takes a value: `--outDir dist`, `--outDir=dist`. */
export function withoutOption(command: string, names: readonly string[]): string {
  return names.reduce(
    (text, name) => text.replace(new RegExp(`\\s${name}(?:=|\\s+)(?:"[^"]*"|'[^']*'|[^\\s"']+)`, 'g'), ''),
    command,
  );
}
