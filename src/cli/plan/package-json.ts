/** The part of a plan that changes package.json: scripts through CRACO, and the packages of the kit. */
import { intersects, validRange } from 'semver';
import { readPackageJson } from '../discover/package-json';
import { usualCracoConfigFiles } from '../discover/platform';
import { setJson, type Json } from '../edit/json';
import type { Draft, PlanRequest } from './plan';
import { planTypescriptOverride } from './typescript-override';

/** True where packages change, so that the package manager has to run. */
export function planPackageJson(request: PlanRequest, draft: Draft): boolean {
  const { files, facts, kit } = request;
  const packageJson = readPackageJson(files);
  const before = packageJson.text;
  let text = before;
  const set = (keys: readonly string[], value: Json) => {
    text = setJson('package.json', text, keys, value);
  };

  for (const { name, throughCraco } of facts.platform.scripts)
    if (throughCraco !== null) set(['scripts', name], throughCraco);
  if (
    !facts.platform.scripts.some(({ text: script, throughCraco }) => throughCraco !== null || /\bcraco\b/.test(script))
  ) {
    draft.byHand(
      'No script runs react-scripts, so none could be changed. Run the app with "craco start", "craco build" and "craco test" instead.',
    );
  }

  const config = configForAll(request);
  if (config !== null) set(['cracoConfig'], `./${config}`);

  const withScripts = text;
  const { all } = packageJson;
  if (all['zero-backend-sync'] === undefined) set(['dependencies', 'zero-backend-sync'], kit.spec);
  if (all['@craco/craco'] === undefined) set(['devDependencies', '@craco/craco'], `^${kit.versions['@craco/craco']}`);
  planTypescriptOverride(request, set, draft);
  checkOwnRxdb(all.rxdb, kit.versions.rxdb, draft);

  draft.write({
    path: 'package.json',
    before,
    after: text,
    role: 'edited',
    why: 'scripts run through CRACO; the kit is a dependency',
  });
  return text !== withScripts;
}

/**
 * The configuration that some scripts name and the others need: CRACO's own `--config` cannot be given to `craco test`, which hands it on to Jest, and a
 * script without it ends with "Config file not found" where there is no craco.config.js. `null` where each script finds its own.
 */
function configForAll({ facts, files }: PlanRequest): string | null {
  const { cracoConfig, furtherCracoConfigs, scripts } = facts.platform;
  const runs = scripts.flatMap((script) => script.runs);
  const named = runs.some(({ runner, config }) => runner === 'craco' && config !== null);
  const others = runs.some(
    ({ runner, config, isConfigIgnored }) =>
      runner === 'react-scripts' || (runner === 'craco' && (config === null || isConfigIgnored)),
  );
  const isOnly = cracoConfig !== null && furtherCracoConfigs.length === 0 && files.read(cracoConfig.file) !== null;
  return named &&
    others &&
    isOnly &&
    readPackageJson(files).fields.cracoConfig === undefined &&
    !usualCracoConfigFiles.includes(cracoConfig.file)
    ? cracoConfig.file
    : null;
}

/** The kit brings RxDB. An app that also depends on it must accept the same version, or the package manager installs two. */
function checkOwnRxdb(own: string | undefined, wanted: string | undefined, draft: Draft): void {
  if (own === undefined || wanted === undefined) return;
  const isCompatible = validRange(own) !== null && intersects(own, wanted);
  if (isCompatible) return;
  draft.byHand(
    `The app depends on rxdb ${own}, and zero-backend-sync on ${wanted}. RxDB must be loaded once: objects of one copy are not known to the other. Remove rxdb from package.json and import it through the engine, or move the app to rxdb ${wanted}.`,
  );
}
