/** Brings a newer template into an app: untouched files are replaced, changed ones merged three ways, conflicts marked. */
import type { ProjectFiles } from './discover/project-files';
import { isObject, packageJsonOf } from './discover/package-json';
import { parseJson, setJson } from './edit/json';
import { templatePackages, type Kit } from './kit';
import {
  hashOf,
  manifestFile,
  manifestText,
  pristineOf,
  writtenOf,
  type Manifest,
  type ManifestFile,
} from './manifest';
import { mergeTexts } from './merge-texts';
import type { FileChange } from './transaction';

export interface UpdatePlan {
  readonly changes: readonly FileChange[];
  readonly replaced: readonly string[];
  readonly merged: readonly string[];
  /** Files with conflict marks. */
  readonly conflicts: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly notes: readonly string[];
  readonly install: boolean;
}

export async function planUpdate(files: ProjectFiles, manifest: Manifest, kit: Kit): Promise<UpdatePlan> {
  const lists = {
    replaced: [] as string[],
    merged: [] as string[],
    conflicts: [] as string[],
    added: [] as string[],
    removed: [] as string[],
  };
  const changes: FileChange[] = [];
  const notes: string[] = [];
  const recorded: Record<string, ManifestFile> = { ...manifest.files };
  const change = (path: string, after: string | null) => {
    const before = files.read(path);
    if (before !== after) changes.push({ path, before, after });
  };

  for (const [name, shipped] of Object.entries(kit.template)) {
    const path = `${manifest.dir}/${name}`;
    const base = files.read(pristineOf(path));
    const theirs = name === 'config.json' ? ownConfig(shipped, base) : shipped;
    if (theirs === base) continue;
    change(pristineOf(path), theirs);
    const mine = files.read(path);
    if (base === null) {
      if (mine !== null) {
        notes.push(
          `${path} is new in the template, and a file of that name is there already: it stays. Compare it with ${pristineOf(path)}.`,
        );
        continue;
      }
      lists.added.push(path);
      change(path, theirs);
    } else if (mine === null) {
      notes.push(`${path} has changed in the template; you have deleted it, so it stays away.`);
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

  for (const [path, { role }] of Object.entries(manifest.files)) {
    if (role !== 'template' || kit.template[path.slice(manifest.dir.length + 1)] !== undefined) continue;
    const mine = files.read(path);
    const base = files.read(pristineOf(path));
    if (mine !== null && mine !== base) {
      notes.push(
        `${path} is no longer part of the template. It holds changes of yours, so it stays; delete it when nothing imports it.`,
      );
    } else if (mine !== null) {
      lists.removed.push(path);
      change(path, null);
    }
    if (base !== null) change(pristineOf(path), null);
    delete recorded[path];
  }

  const packages = await planPackages(files, manifest, kit, notes);
  if (packages !== null) {
    change('package.json', packages.text);
    if (packages.written !== null) {
      change(writtenOf('package.json'), packages.written);
      recorded['package.json'] = { role: 'edited', hash: hashOf(packages.written) };
    }
  }
  if (changes.length > 0 || manifest.kit !== kit.version) {
    change(
      manifestFile,
      manifestText({ ...manifest, kit: kit.version, files: recorded, packages: packages?.ranges ?? manifest.packages }),
    );
  }
  return { changes, ...lists, notes, install: packages !== null };
}

/** config.json of the new template with what is the app's own: its id and its salt's fingerprint. */
function ownConfig(shipped: string, base: string | null): string {
  const own = base === null ? {} : parseJson('config.json', base);
  if (!isObject(own) || own.appId === undefined || own.salts === undefined) return shipped;
  return setJson('config.json', setJson('config.json', shipped, ['appId'], own.appId), ['salts'], own.salts);
}

/** `file:`, `git+ssh:`, `https:`: not from the registry. */
function isPlace(range: string): boolean {
  return /^[a-z+]+:/.test(range);
}

/** Ranges that this kit wrote are moved on; those that the app has changed since stay, with a word about it. */
async function planPackages(files: ProjectFiles, manifest: Manifest, kit: Kit, notes: string[]) {
  const before = files.read('package.json') ?? '{}';
  const written = files.read(writtenOf('package.json'));
  const packageJson = packageJsonOf('package.json', before);
  const wanted: Record<string, string> = { 'zero-backend-sync': kit.spec };
  for (const name of templatePackages) if (kit.versions[name] !== undefined) wanted[name] = kit.versions[name];
  const ranges: Record<string, string> = { ...manifest.packages };
  const edit = { text: before, written };
  for (const [name, range] of Object.entries(wanted)) {
    const present = packageJson.all[name];
    if (present === range) continue;
    if (present !== undefined && isPlace(present) && !isPlace(range)) {
      notes.push(`package.json takes ${name} from ${present}, and that stays. Another place is named with --kit.`);
      continue;
    }
    if (present !== undefined && present !== manifest.packages[name]) {
      notes.push(
        `package.json has ${name} ${present}, which is your own choice and stays; this version of the kit was made with ${range}.`,
      );
      continue;
    }
    const kind =
      packageJson.devDependencies[name] !== undefined || name === 'zero-backend-sync'
        ? 'devDependencies'
        : 'dependencies';
    edit.text = setJson('package.json', edit.text, [kind, name], range);
    if (edit.written !== null) edit.written = setJson('package.json', edit.written, [kind, name], range);
    ranges[name] = range;
  }
  return edit.text === before ? null : { ...edit, ranges };
}
