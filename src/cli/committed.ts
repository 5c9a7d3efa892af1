/**
 * Whether git takes into commits what the kit writes. A `.gitignore` with `lib/` is common: the engine would work here, and be missing in every clone.
 * It is asked before a plan is made, and again of what was written, before the first package is installed.
 */
import { KitError } from '../preset/kit-error';
import { freeFolders, type Facts } from './discover/facts';
import { readPackageJson } from './discover/package-json';
import { discoverPlatform, homeAppOf } from './discover/platform';
import type { ProjectFiles } from './discover/project-files';
import { ignoredFiles, isExposed, type IgnoringPattern } from './git';
import { homeOf } from './homes';
import { recordFile, writtenOf } from './installation-record';
import type { PlannedWrite } from './plan/plan';
import type { RunProgram } from './process';
import { saltFile } from './salt';
import { templateNames, type TemplateForm, type TemplateFramework } from './template';

interface Asking {
  readonly run: RunProgram;
  readonly root: string;
  readonly files: ProjectFiles;
}

/** Proposes the first folder that is free and that git does not ignore. */
export async function withCommittedFolder({ run, root, files }: Asking, facts: Facts): Promise<Facts> {
  const { proposed } = facts.dir;
  const [ignored] = await ignoredFiles(run, root, [`${proposed}/config.json`]);
  if (ignored === undefined) return facts;
  const others = freeFolders(files).filter((dir) => dir !== proposed);
  const outOfReach = await ignoredFiles(
    run,
    root,
    others.map((dir) => `${dir}/config.json`),
  );
  const free = others.find((dir) => !outOfReach.some(({ file }) => file.startsWith(`${dir}/`)));
  return {
    ...facts,
    dir: { ...facts.dir, proposed: free ?? proposed, ignored: `git ignores ${proposed}: ${ignored.pattern}` },
  };
}

/** What a plan for this folder may write and git would ignore, each with the pattern that says so. */
export async function ignoredByGit(
  { run, root, files }: Asking,
  dir: string,
  form: TemplateForm,
  framework: TemplateFramework,
): Promise<readonly IgnoringPattern[]> {
  const template = templateNames(form, framework).map((name) => `${dir}/${name}`);
  return ignoredFiles(run, root, [
    ...template,
    ...newConfigFiles(files),
    recordFile,
    ...template.map((path) => writtenOf(path)),
  ]);
}

function newConfigFiles(files: ProjectFiles): readonly string[] {
  const { buildTool, configs, testConfigs } = discoverPlatform(files);
  const home = configs.length > 0 ? null : homeOf(buildTool);
  const made = home === null ? [] : [home.newConfig(homeAppOf(files, readPackageJson(files)))];
  return [...made, ...testConfigs.filter(({ isNew }) => isNew === true)].map(({ file }) => file);
}

/**
 * Must hold when everything is written: what belongs into a commit can be committed, and the salt cannot.
 * @throws KitError GIT_IGNORES, SALT_EXPOSED
 */
export async function requireCommitted(
  run: RunProgram,
  root: string,
  writes: readonly Pick<PlannedWrite, 'path'>[],
): Promise<void> {
  const paths = writes.map(({ path }) => path);
  const [ignored] = await ignoredFiles(
    run,
    root,
    paths.filter((path) => path !== saltFile),
  );
  if (ignored !== undefined) throw gitIgnores(ignored);
  if (paths.includes(saltFile) && (await isExposed(run, root, saltFile))) {
    throw new KitError(
      'SALT_EXPOSED',
      `Git would take ${saltFile} into a commit, and with it half of every user's key: a line of a .gitignore takes it in again (!...). Nothing was changed. Correct that line and run the command again.`,
    );
  }
}

export function gitIgnores(ignored: IgnoringPattern): KitError {
  return new KitError('GIT_IGNORES', `${whyIgnored(ignored)} Nothing was changed.`);
}

export function whyIgnored({ file, pattern }: IgnoringPattern): string {
  return `Git ignores ${file}, by the pattern ${pattern}: it would be in no commit, and missing on every other computer. Correct that pattern, or put "!/${file}" behind it; for the template another folder helps, too: --dir src/sync.`;
}
