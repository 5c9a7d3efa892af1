/** Facts and answers in, plan out: every file to write with its text before and after, as pure data. Nothing is touched here. */
import { KitError } from '../preset/kit-error';
import type { Answers } from './answers';
import type { Facts } from './discover/facts';
import { choiceWarning } from './discover/identity';
import { usualDir } from './discover/facts';
import type { ProjectFiles } from './discover/project-files';
import { editCracoConfig, newCracoConfig, pluginEntry } from './edit/craco-config';
import { setJson } from './edit/json';
import { planPackageJson } from './plan-package-json';
import { planTypescript } from './plan-typescript';
import { planExample } from './plan-example';
import type { Kit } from './kit';
import type { Manifest } from './manifest';
import { expectedFingerprint, findSalts, ignoresSaltFile, makeSalt, saltFile, saltWarning, withLine } from './salt';
import type { Environment } from './process';

export type WriteRole =
  /** A file of the template. */
  | 'template'
  /** A file that did not exist. */
  | 'created'
  | 'edited'
  | 'removed'
  /** Holds the salt: its text is never shown, kept or taken back. */
  | 'secret';

export interface PlannedWrite {
  /** Relative to the project, with `/`. */
  readonly path: string;
  /** `null` where the file does not exist yet. */
  readonly before: string | null;
  /** `null` where the file is removed. */
  readonly after: string | null;
  readonly role: WriteRole;
  readonly why: string;
}

export interface Plan {
  readonly writes: readonly PlannedWrite[];
  /** Whether packages changed, so that the package manager has to run. */
  readonly install: boolean;
  /** What a person has to do, each in whole sentences; snippets included. */
  readonly byHand: readonly string[];
  readonly notes: readonly string[];
  readonly dir: string;
  readonly answers: Answers;
}

export interface PlanRequest {
  readonly files: ProjectFiles;
  readonly facts: Facts;
  readonly answers: Answers;
  readonly kit: Kit;
  readonly manifest: Manifest | null;
  readonly env: Environment;
  readonly random: (bytes: number) => Uint8Array;
}

/** What several parts of a plan add to. */
export interface Draft {
  write(write: PlannedWrite): void;
  byHand(text: string): void;
  note(text: string): void;
}

/** @throws KitError DIR_TAKEN, SALT_MISSING, SALT_DIFFERENT */
export function makePlan(request: PlanRequest): Plan {
  const writes: PlannedWrite[] = [];
  const byHand: string[] = [];
  const notes: string[] = [];
  const draft: Draft = {
    write: (write) => void (write.before === write.after || writes.push(write)),
    byHand: (text) => void byHand.push(text),
    note: (text) => void notes.push(text),
  };
  const fingerprint = planSalt(request, draft);
  planTemplate(request, fingerprint, draft);
  const install = planPackageJson(request, draft);
  planCracoConfig(request, draft);
  planTypescript(request, draft);
  planGitignore(request, draft);
  planExample(request, draft);
  planCsp(request, draft);
  const warning = choiceWarning(request.facts.identity, request.answers.identity);
  if (warning !== null) draft.note(warning);
  return { writes, install, byHand, notes, dir: request.answers.dir, answers: request.answers };
}

/** An existing salt is never made anew: another one would lock every user out of their data. */
function planSalt({ files, answers, env, random }: PlanRequest, draft: Draft): string {
  const expected = expectedFingerprint(files, answers.dir);
  const [found] = findSalts(files, env);
  if (found !== undefined) {
    if (found.fingerprint === null) {
      throw new KitError(
        'SALT_MALFORMED',
        `SYNC_SALT in ${found.origin} is not the base64 of 32 bytes. Nothing was changed. Restore it from your backup, or take the line out if this app has no users yet.`,
      );
    }
    if (expected !== null && expected !== found.fingerprint) {
      throw new KitError(
        'SALT_DIFFERENT',
        `SYNC_SALT in ${found.origin} has the fingerprint ${found.fingerprint}, but ${answers.dir}/config.json expects ${expected}. Nothing was changed. Restore the right salt from your backup or a teammate (npx zero-backend-sync salt import).`,
      );
    }
    return found.fingerprint;
  }
  if (expected !== null) {
    throw new KitError(
      'SALT_MISSING',
      `${answers.dir}/config.json expects a salt with the fingerprint ${expected}, and this computer does not have it. A new one would lock users out, so none was made and nothing was changed. Get it from a teammate or your backup: npx zero-backend-sync salt import.`,
    );
  }
  const salt = makeSalt(random);
  const before = files.read(saltFile);
  draft.write({
    path: saltFile,
    before,
    after: withLine(before, salt.line),
    role: 'secret',
    why: `a fresh salt, fingerprint ${salt.fingerprint}`,
  });
  draft.note(saltWarning);
  return salt.fingerprint;
}

function planTemplate(
  { files, facts, answers, kit, manifest, random }: PlanRequest,
  fingerprint: string,
  draft: Draft,
): void {
  const { dir } = answers;
  const isInstalled = manifest?.dir === dir;
  const inTheWay = Object.keys(kit.template).filter((name) => files.read(`${dir}/${name}`) !== null);
  if (!isInstalled && inTheWay.length > 0) {
    throw new KitError(
      'DIR_TAKEN',
      `${dir} already holds ${inTheWay
        .slice(0, 3)
        .map((name) => `${dir}/${name}`)
        .join(
          ', ',
        )}, which this command did not write and does not overwrite. Nothing was changed. Choose another folder: --dir src/sync.`,
    );
  }
  for (const [name, text] of Object.entries(kit.template)) {
    const path = `${dir}/${name}`;
    const before = files.read(path);
    // The app owns its template: what is there stays, `update` brings what is new.
    if (before !== null || (isInstalled && manifest?.files[path] !== undefined)) continue;
    const after = name === 'config.json' ? appConfig(text, facts.platform.name, fingerprint, random) : text;
    draft.write({ path, before, after, role: 'template', why: 'the sync engine' });
  }
  const companions = [
    { name: '.eslintrc.json', text: lintSettings, why: "the app's lint rules do not apply to the template" },
    {
      name: 'zero-backend-sync.d.ts',
      text: typeReference,
      why: 'declares WASM modules and the like to TypeScript',
    },
  ];
  for (const { name, text, why } of companions) {
    const path = `${dir}/${name}`;
    if (files.read(path) === null) draft.write({ path, before: null, after: text, role: 'created', why });
  }
}

const lintSettings = '{\n  "root": true,\n  "ignorePatterns": ["**/*"]\n}\n';
const typeReference = '/// <reference types="zero-backend-sync/types" />\n';

function appConfig(text: string, name: string, fingerprint: string, random: PlanRequest['random']): string {
  const appId = `${name}/${Buffer.from(random(8)).toString('hex')}`;
  const withId = setJson('config.json', text, ['appId'], appId);
  return setJson('config.json', withId, ['salts'], [{ id: '1', env: 'SYNC_SALT', fingerprint }]);
}

function planCracoConfig({ files, facts, answers }: PlanRequest, draft: Draft): void {
  const { cracoConfig } = facts.platform;
  const lib = answers.dir === usualDir ? undefined : answers.dir;
  const why = 'the preset: WASM, worker and AssemblyScript in an unejected app';
  if (cracoConfig === null) {
    const path = /"type"\s*:\s*"module"/.test(files.read('package.json') ?? '')
      ? 'craco.config.cjs'
      : 'craco.config.js';
    draft.write({ path, before: null, after: newCracoConfig(lib), role: 'created', why });
    return;
  }
  const { file } = cracoConfig;
  const snippet = `plugins: [${pluginEntry("'", lib)}]`;
  if (cracoConfig.form === 'in package.json') {
    draft.byHand(
      `CRACO's configuration is an object in package.json, where no plugin can be required. Move it to craco.config.js (module.exports = { ... }) and add there:\n\n    ${snippet}\n`,
    );
    return;
  }
  const before = files.read(file) ?? '';
  const edit = editCracoConfig(file, before, lib);
  if (edit.kind === 'already-wired') return;
  if (edit.kind === 'by-hand') {
    draft.byHand(
      `${file} cannot be edited safely because ${edit.reason}. Add this to the object that it exports:\n\n    ${snippet}\n`,
    );
    return;
  }
  draft.write({ path: file, before, after: edit.text, role: 'edited', why });
}

function planGitignore({ files, answers }: PlanRequest, draft: Draft): void {
  const before = files.read('.gitignore');
  const lines = new Set((before ?? '').split(/\r?\n/).map((line) => line.trim()));
  const wanted = [
    ...(ignoresSaltFile(before) ? [] : [saltFile]),
    // Compiled from the salt, which it holds masked.
    ...(['*.wasm', `/${answers.dir}/**/*.wasm`].some((line) => lines.has(line)) ? [] : [`/${answers.dir}/**/*.wasm`]),
  ];
  const after = wanted.reduce<string | null>((text, line) => withLine(text, line), before);
  if (after !== null && after !== before) {
    draft.write({
      path: '.gitignore',
      before,
      after,
      role: before === null ? 'created' : 'edited',
      why: 'the salt and what is compiled from it stay out of git',
    });
  }
}

/** A content security policy that would stop the worker, the WASM or the relays is the app's decision, so it is only named. */
function planCsp({ facts }: PlanRequest, draft: Draft): void {
  for (const { file, line } of facts.platform.csp) {
    draft.note(
      `${file}:${line} sets a content security policy. It has to allow connect-src wss:, script-src 'wasm-unsafe-eval' and worker-src 'self'; "npx zero-backend-sync doctor" checks it.`,
    );
  }
}
