/** The part of a plan that adds the preset to the app's CRACO configuration, or makes one. */
import { usualDir } from '../discover/facts';
import { readPackageJson } from '../discover/package-json';
import type { ProjectFiles } from '../discover/project-files';
import type { CracoConfigFacts, ScriptFacts } from '../discover/platform';
import { editCracoConfig, newCracoConfig, pluginEntry } from '../edit/craco-config';
import type { Draft, PlanRequest } from './plan';

export function planCracoConfig(request: PlanRequest, draft: Draft): void {
  const { files, facts, answers } = request;
  const { cracoConfig, furtherCracoConfigs, scripts } = facts.platform;
  const lib = answers.dir === usualDir ? undefined : answers.dir;
  if (cracoConfig === null) {
    const after = newCracoConfig(lib);
    draft.write({ path: newCracoConfigFile(files), before: null, after, role: 'created', why });
  } else {
    for (const config of [cracoConfig, ...furtherCracoConfigs]) planConfig(request, config, lib, draft);
  }
  for (const text of configRemarks(scripts)) draft.byHand(text);
}

const why = 'the preset: WASM, worker and AssemblyScript in an unejected app';

function planConfig({ files }: PlanRequest, { file, form }: CracoConfigFacts, lib: string | undefined, draft: Draft) {
  const snippet = `plugins: [${pluginEntry("'", lib)}]`;
  if (form === 'in package.json') {
    draft.byHand(
      `CRACO's configuration is an object in package.json, where no plugin can be required. Move it to craco.config.js (module.exports = { ... }) and add there:\n\n    ${snippet}\n`,
    );
    return;
  }
  if (form === 'missing' && /\.c?js$/.test(file)) {
    draft.write({ path: file, before: null, after: newCracoConfig(lib), role: 'created', why });
    return;
  }
  if (form === 'missing' || form === 'outside') {
    const reason = form === 'missing' ? 'it is not there' : 'it is not a file of this project';
    draft.byHand(
      `CRACO is told to read ${file}, and ${reason}. Correct the name in package.json, or add this to the object that it exports:\n\n    ${snippet}\n`,
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

/** What scripts say that CRACO, or the preset, will not hear. */
export function configRemarks(scripts: readonly ScriptFacts[]): readonly string[] {
  return scripts.flatMap(({ name, runs }) =>
    runs.flatMap(({ runner, config, isConfigIgnored }) => {
      if (runner === 'craco' && isConfigIgnored)
        return [
          `The script "${name}" names ${config} in a way that CRACO 7 does not read: it takes "--config ${config}", in two words. Without it CRACO looks for craco.config.js.`,
        ];
      return runner === 'react-app-rewired' || runner === 'rescripts'
        ? [
            `The script "${name}" runs ${runner}, which does not know the preset. Run it through craco, like the others.`,
          ]
        : [];
    }),
  );
}

/** A configuration that is made is CommonJS, whatever the app's own modules are. */
export function newCracoConfigFile(files: ProjectFiles): string {
  return readPackageJson(files).isModule ? 'craco.config.cjs' : 'craco.config.js';
}
