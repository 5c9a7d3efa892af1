/** The part of a plan that lets TypeScript 5 stand beside react-scripts, which asks for 4 at most in an optional peer range. */
import { isObject, majorOf, readPackageJson } from './discover/package-json';
import { withLine } from './salt';
import type { Json } from './edit/json';
import type { Draft, PlanRequest } from './plan';

const why = "react-scripts' peer range does not know TypeScript 5";
const workspaceFile = 'pnpm-workspace.yaml';

/** Without it a fresh install fails (npm) or warns. @param set edits package.json */
export function planTypescriptOverride(
  request: PlanRequest,
  set: (keys: readonly string[], value: Json) => void,
  draft: Draft,
): void {
  const { facts, files, kit } = request;
  const { packageManager, monorepo } = facts.platform;
  const { all, fields } = readPackageJson(files);
  const present = all.typescript;
  const range = facts.typescript.change === 'none' && present !== undefined ? present : `^${kit.versions.typescript}`;
  // pnpm stopped reading package.json for this with version 11, and says nothing.
  const isInWorkspaceFile = packageManager.name === 'pnpm' && (majorOf(packageManager.version) ?? 0) >= 11;
  const keys = {
    npm: ['overrides', 'typescript'],
    yarn: ['resolutions', 'typescript'],
    pnpm: isInWorkspaceFile ? ['overrides', 'typescript'] : ['pnpm', 'overrides', 'typescript'],
  }[packageManager.name];

  if (monorepo.memberOf !== null) {
    const file = isInWorkspaceFile ? workspaceFile : 'package.json';
    draft.byHand(
      `The app is part of the workspace in ${monorepo.memberOf}, and only the ${file} there is asked for overrides. Add ${keys.join('.')}: "${range}" to it.`,
    );
  } else if (isInWorkspaceFile) {
    const before = files.read(workspaceFile);
    const after = withYamlOverride(before, range);
    draft.write({ path: workspaceFile, before, after, role: before === null ? 'created' : 'edited', why });
  } else if (
    keys.reduce<Json | undefined>((value, key) => (isObject(value) ? value[key] : undefined), fields) === undefined
  ) {
    set(keys, packageManager.name === 'npm' ? '$typescript' : range);
  }
}

function withYamlOverride(text: string | null, range: string): string {
  const entry = `  typescript: '${range}'`;
  if (text === null || !/^overrides:/m.test(text)) return withLine(withLine(text, 'overrides:'), entry);
  return /^\s+["']?typescript["']?\s*:/m.test(text) ? text : text.replace(/^overrides:.*$/m, `$&\n${entry}`);
}
