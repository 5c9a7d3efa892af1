/** Errors as Vite's overlay and terminal show them: with the file, line and column of what has to be changed. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { packageName } from '../app';
import type { CompileError } from '../assembly-script';
import { describeError, KitError } from '../kit-error';
import { placeAt } from '../parse-json';
import type { Place } from '../parse-json';
import type { ViteApp } from './options';

/** What of an error Vite understands. Its columns are from 0. */
interface PlacedError extends Error {
  readonly plugin: string;
  readonly id: string;
  readonly loc: { readonly file: string; readonly line: number; readonly column: number };
  readonly frame: string;
  /** Where there is one, Vite leaves the place as it is, instead of looking for it in the module that it is about to transform. */
  readonly pluginCode: string;
}

export function compileError({ appPath }: ViteApp, errors: readonly CompileError[]): PlacedError {
  const text = errors.map(({ file, line, column, message }) => `${file}:${line}:${column}\nAssemblyScript: ${message}`);
  const [first] = errors;
  return placed(text.join('\n\n'), path.resolve(appPath, first?.file ?? ''), first ?? { line: 1, column: 1 });
}

/** What is wrong with config.json, or with the salt that it names: never the place of the salt itself, whose line the overlay would show. */
export function configError(app: ViteApp, error: unknown): PlacedError {
  const file = path.join(app.appPath, app.options.lib, 'config.json');
  const place = placeIn(error) ?? placeOfSalts(file);
  return placed(
    `${path.relative(app.appPath, file)}:${place.line}:${place.column}\n${describeError(error)}`,
    file,
    place,
  );
}

/** What is wrong with a whole file. */
export function fileError(file: string, error: unknown): PlacedError {
  return placed(describeError(error), file, { line: 1, column: 1 });
}

function placed(message: string, file: string, place: Place): PlacedError {
  const id = file.replace(/\\/g, '/');
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const error = new Error(message);
  return Object.assign(error, {
    plugin: packageName,
    id,
    loc: { file: id, line: place.line, column: place.column - 1 },
    frame: frameOf(text, place),
    pluginCode: text || id,
    // Where in this package it was thrown says nothing to who reads it.
    stack: `${error.name}: ${message}`,
  });
}

/** The line and those around it, with their numbers. */
function frameOf(text: string, { line, column }: Place): string {
  const lines = text.split('\n');
  const first = Math.max(1, line - 2);
  return lines
    .slice(first - 1, line + 2)
    .flatMap((code, i) => {
      const number = first + i;
      const shown = `${String(number).padEnd(4)}|  ${code}`;
      return number === line ? [shown, `    |  ${' '.repeat(column - 1)}^`] : [shown];
    })
    .join('\n');
}

function placeIn(error: unknown): Place | undefined {
  const details: Partial<Place> = error instanceof KitError ? error.details : {};
  const { line, column } = details;
  return line === undefined || column === undefined ? undefined : { line, column };
}

function placeOfSalts(file: string): Place {
  try {
    const text = readFileSync(file, 'utf8');
    return placeAt(text, Math.max(0, text.indexOf('"salts"')));
  } catch {
    return { line: 1, column: 1 };
  }
}
