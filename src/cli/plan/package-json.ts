/** The part of a plan that changes package.json: scripts through CRACO, packages at versions that resolve, TypeScript 5. */
import { majorOf, readPackageJson } from './discover/package-json';
import { setJson, type Json } from './edit/json';
import { templatePackages } from './kit';
import { planTypescriptOverride } from './plan-override';
import type { Draft, PlanRequest } from './plan';

/** True where packages change, so that the package manager has to run. */
export function planPackageJson(request: PlanRequest, draft: Draft): boolean {
  const { files, facts, answers, kit } = request;
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
  for (const name of templatePackages) {
    const version = kit.versions[name];
    const present = packageJson.all[name];
    if (version === undefined) continue;
    if (present === undefined) set(['dependencies', name], version);
    else if (majorOf(/\d.*/.exec(present)?.[0] ?? null) !== majorOf(version)) {
      draft.byHand(
        `The app depends on ${name} ${present}; the template needs ${version}. Move the app to it, or the template does not build.`,
      );
    }
  }
  const development: Record<string, string> = {
    '@craco/craco': `^${kit.versions['@craco/craco']}`,
    'zero-backend-sync': kit.spec,
  };
  for (const [name, range] of Object.entries(development)) {
    if (packageJson.all[name] === undefined) set(['devDependencies', name], range);
  }
  planTypescriptPackages();

  draft.write({
    path: 'package.json',
    before,
    after: text,
    role: 'edited',
    why: 'scripts run through CRACO; packages of the template',
  });
  return text !== withScripts;

  function planTypescriptPackages(): void {
    const { change } = facts.typescript;
    if (change === 'none') {
      const major = majorOf(facts.platform.versions.typescript);
      if (major !== null && major > 5)
        draft.note(
          `TypeScript ${facts.platform.versions.typescript} has not been tried with react-scripts 5; 5 is known to work.`,
        );
    } else {
      const range = `^${kit.versions.typescript}`;
      const kind = packageJson.dependencies.typescript !== undefined ? 'dependencies' : 'devDependencies';
      set([kind, 'typescript'], range);
    }
    if (change === 'add' && answers.addTypescript) {
      const react = majorOf(facts.platform.versions.react) ?? 19;
      // react-scripts' own type declarations refer to these three.
      const types = { '@types/node': '^20.0.0', '@types/react': `^${react}.0.0`, '@types/react-dom': `^${react}.0.0` };
      for (const [name, range] of Object.entries(types))
        if (packageJson.all[name] === undefined) set(['devDependencies', name], range);
    }
    planTypescriptOverride(request, set, draft);
  }
}
