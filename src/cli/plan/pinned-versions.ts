/** The part of a plan that keeps a package of the app's dependencies at a version, where newer ones do not work. */
import { isObject, majorOf, readPackageJson } from '../discover/package-json';
import type { Json } from '../edit/json';
import type { Draft, PlanRequest } from './plan';

/** pnpm reads its settings from pnpm-workspace.yaml alone since this version. */
const PNPM_WITHOUT_PACKAGE_JSON = 11;

/** @param pinned versions by package @param set edits package.json */
export function planPins(
  { facts, files }: PlanRequest,
  pinned: Readonly<Record<string, string>>,
  set: (keys: readonly string[], value: Json) => void,
  draft: Draft,
): void {
  const { packageManager, monorepo } = facts.platform;
  const { all, fields } = readPackageJson(files);
  for (const [name, version] of Object.entries(pinned)) {
    const place = keysFor(packageManager.name);
    if (isPinned(fields, place, name) || all[name] === version) continue;
    const why = `${name} has to be ${version}: later ones do not work with a plugin that the app gets`;
    if (all[name] !== undefined) {
      draft.byHand(`${why}, and the app asks for ${all[name]}. Set it to "${version}" in package.json.`);
    } else if (monorepo.memberOf !== null) {
      draft.byHand(
        `${why}. The app is part of the workspace in ${monorepo.memberOf}, whose package.json decides about that: add "${place.join('": { "')}": { "${name}": "${version}" } there.`,
      );
    } else if (packageManager.name === 'pnpm' && (majorOf(packageManager.version) ?? 0) >= PNPM_WITHOUT_PACKAGE_JSON) {
      planPnpmWorkspace(files.read('pnpm-workspace.yaml'), name, version, draft, why);
    } else {
      set([...place, name], version);
    }
  }
}

function keysFor(manager: 'npm' | 'yarn' | 'pnpm'): readonly string[] {
  switch (manager) {
    case 'npm':
      return ['overrides'];
    case 'yarn':
      return ['resolutions'];
    case 'pnpm':
      return ['pnpm', 'overrides'];
  }
}

/** Whether the app decides already. */
function isPinned(fields: Readonly<Record<string, Json>>, place: readonly string[], name: string): boolean {
  const list = place.reduce<Json | undefined>((value, key) => (isObject(value) ? value[key] : undefined), fields);
  return isObject(list) && list[name] !== undefined;
}

function planPnpmWorkspace(before: string | null, name: string, version: string, draft: Draft, why: string): void {
  const text = before ?? '';
  if (text.includes(name)) return;
  const line = `  '${name}': ${version}`;
  if (/^overrides:.*\S/m.test(text.replace(/^overrides:[ \t]*$/m, ''))) {
    draft.byHand(`${why}. Add "${line.trim()}" to "overrides" of pnpm-workspace.yaml.`);
    return;
  }
  const after = /^overrides:[ \t]*$/m.test(text)
    ? text.replace(/^overrides:[ \t]*$/m, (found) => `${found}\n${line}`)
    : `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}overrides:\n${line}\n`;
  draft.write({
    path: 'pnpm-workspace.yaml',
    before,
    after,
    role: before === null ? 'created' : 'edited',
    why: `${name} stays at ${version}`,
  });
}
