/** package.json of an app that moves: what came with the former tool goes, and what it would be without the kit is known again. */
import { packageJsonOf } from '../discover/package-json';
import type { ProjectFiles } from '../discover/project-files';
import { removeJson } from '../edit/json';
import { homeOf } from '../homes';
import { wasmWays } from '../homes/wiring';
import { hashOf, writtenOf, type InstallationRecord } from '../installation-record';
import { copyOf, originalFile } from '../undo/originals';
import { takeOutJson, type EditedTexts } from '../undo/take-out-json';
import type { Move } from './move';

export interface UnwiredPackageJson {
  /** With the kit, and without what only the former tool needed. */
  readonly text: string;
  /** As it would be without the kit. */
  readonly withoutKit: string;
  /** Packages of the kit that go with the former tool. */
  readonly going: readonly string[];
  /** True where the app has changed entries that the last run wrote, so that `undo` could not tell what they were. */
  readonly isRewritten: boolean;
}

const file = 'package.json';
const sections = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

export function unwirePackageJson(
  files: ProjectFiles,
  record: InstallationRecord,
  { from, isFormerGone }: Move,
): UnwiredPackageJson {
  const present = files.read(file) ?? '{}';
  const texts = copiesOf(files, record, file, present);
  const own = isFormerGone ? packagesOf(record, from) : [];
  if (texts === null) return byNames(present, record, own);
  const { wrapper } = homeOf(from);
  const isOfFormer = ([section = '', name]: readonly string[]) =>
    section === '' ||
    section === 'scripts' ||
    section === wrapper?.field ||
    (sections.includes(section) && (name === undefined || own.includes(name)));
  const text = isFormerGone ? takeOutJson(file, texts, { keeps: (keys) => !isOfFormer(keys) }).text : present;
  const packages = Object.keys(record.packages);
  const isPackage = ([section = '', name = '']: readonly string[]) =>
    (sections.includes(section) && packages.includes(name)) || /^(overrides|resolutions|pnpm)$/.test(section);
  const { text: withoutKit, left } = takeOutJson(file, texts, { goesAnyway: isPackage });
  const { all } = packageJsonOf(file, text);
  return { text, withoutKit, going: own.filter((name) => all[name] === undefined), isRewritten: left.length > 0 };
}

/** Where the copies are lost, as in an app that was moved without them: its packages are known by name, and its scripts stay as they are. */
function byNames(present: string, { packages }: InstallationRecord, own: readonly string[]): UnwiredPackageJson {
  const without = (json: string, names: readonly string[]) =>
    names.reduce(
      (text, name) => sections.reduce((inner, section) => removeJson(file, inner, [section, name]), text),
      json,
    );
  const text = without(present, own);
  return { text, withoutKit: without(text, Object.keys(packages)), going: own, isRewritten: true };
}

/** What a file is and was, as the record knows it; `null` where a copy is lost. */
export function copiesOf(
  files: ProjectFiles,
  record: InstallationRecord,
  path: string,
  present: string,
): EditedTexts | null {
  const recorded = record.files[path];
  if (recorded === undefined) return null;
  const original = originalFile(files, path, recorded);
  const written = copyOf(files, writtenOf(path), recorded.hash);
  if (original.kind !== 'text' || written === null || hashOf(written) === hashOf(original.text)) return null;
  return { present, written, original: original.text };
}

/** Packages that came into the app with the kit because of its tool. */
function packagesOf({ packages }: InstallationRecord, from: Move['from']): readonly string[] {
  const home = homeOf(from);
  // Which version of the tool, and which way of WASM they came with, is no longer known.
  const needed = [null, '5.0.0'].flatMap((version) =>
    [undefined, ...wasmWays].flatMap((way) => Object.keys(home.packages(version, way).dev)),
  );
  return [...new Set(needed)].filter((name) => packages[name] !== undefined);
}
