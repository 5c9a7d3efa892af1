/** The part of a plan that adds the preset to the app's CRACO configuration, or makes one. */
import { usualDir } from '../discover/facts';
import { readPackageJson } from '../discover/package-json';
import type { ProjectFiles } from '../discover/project-files';
import { editCracoConfig, newCracoConfig, pluginEntry } from '../edit/craco-config';
import type { Draft, PlanRequest } from './plan';

export function planCracoConfig({ files, facts, answers }: PlanRequest, draft: Draft): void {
  const { cracoConfig } = facts.platform;
  const lib = answers.dir === usualDir ? undefined : answers.dir;
  const why = 'the preset: WASM, worker and AssemblyScript in an unejected app';
  if (cracoConfig === null) {
    draft.write({ path: newCracoConfigFile(files), before: null, after: newCracoConfig(lib), role: 'created', why });
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

/** A configuration that is made is CommonJS, whatever the app's own modules are. */
export function newCracoConfigFile(files: ProjectFiles): string {
  return readPackageJson(files).isModule ? 'craco.config.cjs' : 'craco.config.js';
}
