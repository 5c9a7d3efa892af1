/**
 * The part of a plan that keeps npm from installing a second TypeScript. RxDB depends on nostr-tools, whose optional peer is typescript >= 5. Where
 * the app has TypeScript 4, as every Create React App without a newer one of its own, npm resolves the conflict by installing the newest TypeScript
 * (27 MB) below RxDB. yarn and pnpm install no optional peer, so they need nothing.
 */
import { isObject, majorOf, readPackageJson } from '../discover/package-json';
import type { Json } from '../edit/json';
import { homeOf } from '../homes';
import type { Draft, PlanRequest } from './plan';

/** @param set edits package.json */
export function planTypescriptOverride(
  { facts, files }: PlanRequest,
  set: (keys: readonly string[], value: Json) => void,
  draft: Draft,
): void {
  const { packageManager, monorepo, versions, buildTool } = facts.platform;
  if (packageManager.name !== 'npm' || (majorOf(versions.typescript) ?? 0) >= 5) return;
  const brought = homeOf(buildTool)?.typescript ?? null;
  const { all, fields } = readPackageJson(files);
  const version = all.typescript ?? versions.typescript ?? brought;
  if (version === null) return;
  if (monorepo.memberOf !== null) {
    draft.byHand(
      `The app is part of the workspace in ${monorepo.memberOf}, and npm reads overrides only from the package.json there. Add "overrides": { "nostr-tools": { "typescript": "${version}" } } to it; otherwise npm installs a second TypeScript (27 MB) for RxDB.`,
    );
  } else if (!isOverridden(fields.overrides)) {
    // `$typescript` is the range of the app's own dependency, and has to be one.
    set(['overrides', 'nostr-tools', 'typescript'], all.typescript === undefined ? version : '$typescript');
  }
}

/** Whether the app decides already: for every typescript, for all of nostr-tools, or for its typescript. */
function isOverridden(overrides: Json | undefined): boolean {
  if (!isObject(overrides)) return overrides !== undefined;
  const ofNostrTools = overrides['nostr-tools'];
  return (
    overrides.typescript !== undefined ||
    (isObject(ofNostrTools) ? ofNostrTools.typescript !== undefined : ofNostrTools !== undefined)
  );
}
