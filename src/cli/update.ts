/** Brings a newer template into an app: untouched files are replaced, changed ones merged three ways, conflicts marked, missing ones written again. */
import { KitError } from '../preset/kit-error';
import { permanentConfigIn, withPermanentConfig } from './app-config';
import { packageJsonOf } from './discover/package-json';
import type { ProjectFiles } from './discover/project-files';
import { setJson } from './edit/json';
import { withCollectionsOf } from './edit/schema-collections';
import { isExampleFile } from './plan/example';
import { rulesSwitchedOff, withoutRules } from './checks/lint';
import { formattedRecord, formatTexts } from './format-template';
import {
  hashOf,
  recordFile,
  stateFolder,
  writtenOf,
  type InstallationRecord,
  type RecordedFile,
} from './installation-record';
import { specOrNull, type Kit } from './kit';
import { mergeTexts } from './merge-texts';
import { byHandLine } from './run-again';
import { templateModule, templateVersionIn, type TemplateFiles } from './template';
import type { FileChange } from './transaction';
import { moveFormerRelays, withFormerRelaysOf } from './update-relays';

export interface UpdatePlan {
  readonly changes: readonly FileChange[];
  readonly replaced: readonly string[];
  readonly merged: readonly string[];
  /** Files with conflict marks. */
  readonly conflicts: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Files that stay as they are although the template has another one, or none any more; `notes` says why. */
  readonly kept: readonly string[];
  readonly notes: readonly string[];
  readonly install: boolean;
}

/** @throws KitError TEMPLATE_MISMATCH, TEMPLATE_MISSING */
export async function planUpdate(files: ProjectFiles, record: InstallationRecord, kit: Kit): Promise<UpdatePlan> {
  const lists = {
    replaced: [] as string[],
    merged: [] as string[],
    conflicts: [] as string[],
    added: [] as string[],
    removed: [] as string[],
    kept: [] as string[],
  };
  const changes: FileChange[] = [];
  const notes: string[] = [];
  const recorded: Record<string, RecordedFile> = { ...record.files };
  const change = (path: string, after: string | null) => {
    const before = files.read(path);
    if (before !== after) changes.push({ path, before, after });
  };

  noteVersions(files, record, kit, notes);
  const template = await shippedTemplate(files, record, kit, notes);
  for (const [path, theirs] of Object.entries(template)) {
    const base = files.read(writtenOf(path));
    const mine = files.read(path);
    if (mine !== null && theirs === base) continue;
    if (mine === null && base === null && path === `${record.dir}/config.json`) {
      lists.kept.push(path);
      notes.push(
        `${path} is missing, and so is the copy of it in ${stateFolder}. It holds the app's id and the fingerprint of its salt, and another one would lock every user out: restore it from git${record.app === undefined ? '' : ', or run "init", which writes it again with that id and fingerprint but the relays of the kit'}.`,
      );
      continue;
    }
    change(writtenOf(path), theirs);
    if (mine === null) {
      lists.added.push(path);
      change(path, theirs);
    } else if (base === null) {
      lists.kept.push(path);
      notes.push(
        `${path} is new in the template, and a file of that name is there already: it stays. Compare it with ${writtenOf(path)}.`,
      );
      continue;
    } else if (mine === base) {
      lists.replaced.push(path);
      change(path, theirs);
    } else {
      const merge = await mergeTexts(base, mine, theirs, { mine: 'yours', theirs: `zero-backend-sync ${kit.version}` });
      lists[merge.hasConflicts ? 'conflicts' : 'merged'].push(path);
      change(path, merge.text);
    }
    recorded[path] = { role: 'template', hash: hashOf(theirs) };
  }

  for (const [path, { role }] of Object.entries(record.files)) {
    if (role !== 'template' || template[path] !== undefined) continue;
    const mine = files.read(path);
    const base = files.read(writtenOf(path));
    if (mine !== null && mine !== base) {
      lists.kept.push(path);
      notes.push(
        `${path} is no longer part of the template. It holds changes of yours, so it stays; delete it when nothing imports it.`,
      );
    } else if (mine !== null) {
      lists.removed.push(path);
      change(path, null);
    }
    if (base !== null) change(writtenOf(path), null);
    delete recorded[path];
  }

  const packages = planPackages(files, record, kit, notes);
  if (packages !== null) {
    change('package.json', packages.text);
    if (packages.written !== null) {
      change(writtenOf('package.json'), packages.written);
      recorded['package.json'] = { ...record.files['package.json'], role: 'edited', hash: hashOf(packages.written) };
    }
  }
  const relays = await moveFormerRelays(files, record, { changes, recorded, conflicts: lists.conflicts, notes });
  if (changes.length > 0 || record.kit !== kit.version || (record.relays && String(record.relays) !== String(relays))) {
    const ranges = packages?.ranges ?? record.packages;
    change(
      recordFile,
      await formattedRecord(files, {
        ...record,
        kit: kit.version,
        files: recorded,
        packages: ranges,
        ...(relays && { relays }),
      }),
    );
  }
  return { changes, ...lists, notes, install: packages !== null };
}

/** A template that is newer than this program would lose what only the newer one has. @throws KitError TEMPLATE_MISMATCH */
function noteVersions(files: ProjectFiles, { dir, form }: InstallationRecord, kit: Kit, notes: string[]): void {
  const file = `${dir}/${templateModule(form, 'types')}`;
  const present = templateVersionIn(files.read(file));
  if (present === null || present === kit.templateVersion) return;
  if (present > kit.templateVersion) {
    throw new KitError(
      'TEMPLATE_MISMATCH',
      `${file} is of template version ${present}, and this is zero-backend-sync ${kit.version}, which knows versions up to ${kit.templateVersion}. Nothing was changed. Run the newer program, whose tarball KIT names: ${byHandLine('update')}.`,
    );
  }
  notes.push(
    `The template moves from version ${present} to ${kit.templateVersion}. The engine of one does not work with the other: install the packages before you build, and keep TEMPLATE_VERSION as the merge leaves it.`,
  );
}

/** The template of this kit by path in the app, as `init` would write it there. */
async function shippedTemplate(
  files: ProjectFiles,
  record: InstallationRecord,
  kit: Kit,
  notes: string[],
): Promise<TemplateFiles> {
  const { dir, form, framework } = record;
  const shipped = Object.entries(kit.template(form, framework)).map(([name, text]) => {
    const path = `${dir}/${name}`;
    const base = files.read(writtenOf(path));
    // What `init` has described of the app's own state is no part of the template, and no change of the app's to what it wrote.
    if (name === templateModule(form, 'schema') && base !== null) {
      const carried = withCollectionsOf(name, base, text, boundCollections(files, record));
      for (const collection of carried.left)
        notes.push(
          `The collection ${collection}, which "init" has described in ${path}, could not be put into the new template: look that it is there once, and as the app uses it.`,
        );
      return [path, carried.text];
    }
    if (name !== 'config.json') return [path, text];
    return [path, base === null ? text : withFormerRelaysOf(base, withPermanentConfig(text, permanentConfigIn(base)))];
  });
  const { texts, note } = await formatTexts(files, Object.fromEntries(shipped) as TemplateFiles);
  if (note !== null) notes.push(note);
  // The app's linter would complain again of what was switched off for it.
  return Object.fromEntries(
    Object.entries(texts).map(([path, text]) => [
      path,
      withoutRules(text, rulesSwitchedOff(files.read(writtenOf(path)) ?? '')),
    ]),
  );
}

/** The collections that `init --example` has bound: what it has written to bind them names them. */
function boundCollections(files: ProjectFiles, record: InstallationRecord): readonly string[] {
  return Object.entries(record.files).flatMap(([path, { role }]) => {
    if (role !== 'created' || !isExampleFile(path)) return [];
    const text = files.read(writtenOf(path)) ?? files.read(path) ?? '';
    return [...text.matchAll(/\bcollection: ['"](\w+)['"]/g)].map(([, name = '']) => name);
  });
}

/** `file:`, `git+ssh:`, `https:`: not from the registry. */
function isPlace(range: string): boolean {
  return /^[a-z+]+:/.test(range);
}

/** The kit's range moves on where the kit wrote it; one that the app has changed since stays, with a note. */
function planPackages(files: ProjectFiles, record: InstallationRecord, kit: Kit, notes: string[]) {
  const name = 'zero-backend-sync';
  const range = specOrNull(kit);
  const before = files.read('package.json') ?? '{}';
  const packageJson = packageJsonOf('package.json', before);
  const present = packageJson.all[name];
  if (present === range) return null;
  if (range === null) {
    notes.push(
      `package.json takes ${name} from ${present ?? 'nowhere'}, and that stays, because where this copy came from cannot be told. Another place is named with --kit.`,
    );
    return null;
  }
  if (present !== undefined && isPlace(present) && !isPlace(range)) {
    notes.push(`package.json takes ${name} from ${present}, and that stays. Another place is named with --kit.`);
    return null;
  }
  if (present !== undefined && present !== record.packages[name]) {
    notes.push(
      `package.json has ${name} ${present}, which is your own choice and stays; this template was made with ${range}.`,
    );
    return null;
  }
  const keys = [packageJson.devDependencies[name] === undefined ? 'dependencies' : 'devDependencies', name];
  const written = files.read(writtenOf('package.json'));
  return {
    text: setJson('package.json', before, keys, range),
    written: written === null ? null : setJson('package.json', written, keys, range),
    ranges: { ...record.packages, [name]: range },
  };
}
