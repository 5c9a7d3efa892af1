/** Whether the template of an app fits the installed package, as far as it can be seen without running it. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { TEMPLATE_VERSION } from '../runtime/core/versions';
import type { AppContext } from './app';
import { blackBoxSource } from './black-box';
import { KitError } from './kit-error';
import { findTemplateFile } from './template-files';

/** @returns TEMPLATE_MISMATCH and BLACK_BOX_MISSING, each with what to do; nothing in an app without the template */
export function checkTemplate(app: AppContext): readonly KitError[] {
  if (!existsSync(path.join(app.appPath, app.options.lib, 'config.json'))) return [];
  return [checkVersion(app), checkBlackBoxSource(app)].filter((error) => error !== undefined);
}

/** Absolute paths of the files whose change may change the answer. */
export function filesOfTemplateChecks(app: AppContext): readonly string[] {
  const found = ['types', 'worker/index'].map((name) => findTemplateFile(app, name));
  return [...found.filter((file) => file !== undefined), path.join(app.appPath, app.options.lib, blackBoxSource)];
}

function checkVersion(app: AppContext): KitError | undefined {
  const types = findTemplateFile(app, 'types');
  if (types === undefined) return undefined;
  const [, text] = /^export const TEMPLATE_VERSION\b[^=\n]*=\s*(\d+)/m.exec(readFileSync(types, 'utf8')) ?? [];
  const version = Number(text ?? 0);
  if (version === TEMPLATE_VERSION) return undefined;
  const file = path.relative(app.appPath, types);
  const found = text === undefined ? `${file} exports no TEMPLATE_VERSION` : `TEMPLATE_VERSION in ${file} is ${text}`;
  return new KitError(
    'TEMPLATE_MISMATCH',
    version < TEMPLATE_VERSION
      ? `The files in ${app.options.lib} were written for an older zero-backend-sync than the installed one: ${found}, and ${TEMPLATE_VERSION} is ` +
          'needed. Run "npx zero-backend-sync update", which merges what is new into them and keeps what you have changed.'
      : `The installed zero-backend-sync is older than the files in ${app.options.lib}: ${found}, and it knows ${TEMPLATE_VERSION}. ` +
          'Run "npm install zero-backend-sync@latest".',
  );
}

function checkBlackBoxSource(app: AppContext): KitError | undefined {
  const { appPath, options } = app;
  const worker = findTemplateFile(app, 'worker/index');
  if (worker === undefined || !/['"]\.\/crypto\.wasm['"]/.test(readFileSync(worker, 'utf8'))) return undefined;
  const source = path.join(appPath, options.lib, blackBoxSource);
  // An app that compiles AssemblyScript by itself may keep the source elsewhere.
  const isThere = existsSync(source) || (!options.assemblyScript && existsSync(source.replace(/\.asm\.ts$/, '.wasm')));
  if (isThere) return undefined;
  return new KitError(
    'BLACK_BOX_MISSING',
    `${path.relative(appPath, worker)} imports ./crypto.wasm, which is compiled from ${options.lib}/${blackBoxSource}, and that file is missing. ` +
      'Restore it from version control, or run "npx zero-backend-sync update", which writes the files of the template that are not there.',
  );
}
