/** Errors as Vite's overlay and terminal show them: with the file, line and column of what has to be changed. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CompileError } from '../assembly-script';
import { describeError, KitError } from '../kit-error';
import { placeAt } from '../parse-json';
import type { Place } from '../parse-json';
import type { ViteApp } from './options';

/** What of an error Vite understands. Its columns are from 0. */
interface PlacedError extends Error {
  readonly id: string;
  readonly loc: { readonly file: string; readonly line: number; readonly column: number };
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

function placed(message: string, file: string, { line, column }: Place): PlacedError {
  const id = file.replace(/\\/g, '/');
  return Object.assign(new Error(message), { id, loc: { file: id, line, column: column - 1 } });
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
