/** The part of a plan that changes package.json: scripts through CRACO, and the packages of the kit. */
import { intersects, validRange } from 'semver';
import { readPackageJson } from '../discover/package-json';
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

/** The kit brings RxDB. An app that also depends on it must accept the same version, or the package manager installs two. */
function checkOwnRxdb(own: string | undefined, wanted: string | undefined, draft: Draft): void {
  if (own === undefined || wanted === undefined) return;
  const isCompatible = validRange(own) !== null && intersects(own, wanted);
  if (isCompatible) return;
  draft.byHand(
    `The app depends on rxdb ${own}, and zero-backend-sync on ${wanted}. RxDB must be loaded once: objects of one copy are not known to the other. Remove rxdb from package.json and import it through the engine, or move the app to rxdb ${wanted}.`,
  );
}
