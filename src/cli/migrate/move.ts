/** From which build tool to which an app that has the kit moves, and whether the former one is gone. */
import { KitError } from '../../preset/kit-error';
import { findBuildTool } from '../discover/build-tool';
import { overlaid } from '../discover/overlaid-files';
import { packageJsonOf, readPackageJson, type PackageJson } from '../discover/package-json';
import type { ProjectFiles } from '../discover/project-files';
import { runsOf } from '../discover/scripts';
import { homeOf, homes, isServed, type ServedTool } from '../homes';
import { writtenOf, type InstallationRecord } from '../installation-record';

/** The tools that an app moves to. */
export const targets = ['vite', 'rsbuild'] as const;
export type Target = (typeof targets)[number];

export interface Move {
  /** What the kit was installed for. */
  readonly from: ServedTool;
  readonly to: Target;
  /** Whether nothing runs the former tool any more, or it is not installed. */
  readonly isFormerGone: boolean;
}

/** @param wanted the tool that `--to` names @throws KitError NOTHING_TO_MIGRATE, MOVE_UNCLEAR */
export function findMove(files: ProjectFiles, record: InstallationRecord, wanted: Target | undefined): Move {
  const packageJson = readPackageJson(files);
  const from = formerTool(files, packageJson, record);
  const to = targetOf(files, packageJson, from, wanted);
  return { from, to, isFormerGone: from !== to && isGone(packageJson, from) };
}

/** The tool of the app as the last run has left it. */
function formerTool(files: ProjectFiles, packageJson: PackageJson, record: InstallationRecord): ServedTool {
  const texts = Object.fromEntries(Object.keys(record.files).map((file) => [file, files.read(writtenOf(file))]));
  const written = texts['package.json'];
  const before = overlaid(files, Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== null)));
  const { buildTool } = findBuildTool(before, written == null ? packageJson : packageJsonOf('package.json', written));
  // An app that moves bit by bit is built by the new tool while its tests, or its configuration, are still of the former one.
  const { wrapper } = homes['cra-craco'];
  const isOfCraco =
    Object.values(texts).some((text) => text?.includes('zero-backend-sync/craco') === true) ||
    (written == null && wrapper !== null && record.packages[wrapper.name] !== undefined);
  if (isOfCraco) return 'cra-craco';
  return isServed(buildTool) ? buildTool : 'cra-craco';
}

function targetOf(files: ProjectFiles, packageJson: PackageJson, from: ServedTool, wanted: Target | undefined): Target {
  const { buildTool } = findBuildTool(files, packageJson);
  const runs = runsOf(packageJson.scripts);
  const shows: readonly ((tool: Target) => boolean)[] = [
    (tool) => tool === buildTool,
    (tool) => runs.some(({ runner }) => runner === tool),
    (tool) => files.list('').some((file) => new RegExp(`^${tool}\\.config\\.[cm]?[jt]s$`).test(file)),
    (tool) => homes[tool].versions.some(({ name }) => packageJson.all[name] !== undefined),
  ];
  const isThere = (tool: Target) => shows.some((shown) => shown(tool));
  if (wanted !== undefined) {
    if (isThere(wanted)) return wanted;
    throw nothingToMigrate(`${homes[wanted].title} is neither in package.json nor in a script or a configuration`);
  }
  const found = shows.map((shown) => targets.filter(shown)).find((some) => some.length > 0) ?? [];
  const [only] = found;
  if (only === undefined) {
    const title = homeOf(from).title;
    throw nothingToMigrate(
      isServed(buildTool) && buildTool !== from && homes[buildTool] !== homes[from]
        ? `The app was built by ${title} and is built by ${homes[buildTool].title} now, and "migrate" knows the way to Vite and Rsbuild only. Run "undo" with the former configuration, then "init"; restore ${configHint}`
        : `The app is built by ${title}, and neither Vite nor Rsbuild is in its package.json`,
    );
  }
  if (found.length > 1)
    throw new KitError(
      'MOVE_UNCLEAR',
      `The app has ${found.map((tool) => homes[tool].title).join(' and ')}, and which of them it moves to cannot be told. Nothing was changed. Name it: --to ${found.join(', or --to ')}.`,
    );
  return only;
}

const configHint = 'config.json of the template afterwards, so that its id and the fingerprint of the salt stay';

function nothingToMigrate(reason: string): KitError {
  return new KitError(
    'NOTHING_TO_MIGRATE',
    `${reason}. Nothing was changed. "migrate" does not convert an app: install the new tool and write its configuration and scripts first, then run this again.`,
  );
}

function isGone(packageJson: PackageJson, from: ServedTool): boolean {
  const { runners, versions } = homeOf(from);
  const isInstalled = versions.some(({ name, isRequired }) => isRequired && packageJson.all[name] !== undefined);
  return !isInstalled || !runsOf(packageJson.scripts).some(({ runner }) => runners.includes(runner));
}
