/** package.json without the kit: its scripts first, and its packages when nothing needs them any more. */
import { isObject, packageJsonOf } from '../discover/package-json';
import type { ProjectFiles } from '../discover/project-files';
import { whereIs } from '../discover/syntax';
import { removeJson, type Json } from '../edit/json';
import { homes } from '../homes';
import type { Home } from '../homes/home';
import { hashOf, writtenOf, type InstallationRecord } from '../installation-record';
import type { AppUse } from './app-uses';
import { copyOf, originalFile } from './originals';
import { mentionsKit, type KeptFile } from './plan-file';
import { isSameContent } from './same-content';
import { takeOutJson, type EditedTexts } from './take-out-json';

export interface PackageJsonOutcome {
  readonly writes: readonly (readonly [path: string, text: string])[];
  readonly kept: readonly KeptFile[];
  readonly isMerged: boolean;
  /** True where none of the kit's packages stays. */
  readonly isWhole: boolean;
  /** What another `undo` has to take out is the difference between this and the original; `null` where that has not changed. */
  readonly written: string | null;
}

interface PackageJsonRequest {
  readonly files: ProjectFiles;
  readonly record: InstallationRecord;
  /** Where the app itself imports the kit's packages. */
  readonly uses: readonly AppUse[];
  /** Whether other files of the installation stay, so that `undo` will be run again. */
  readonly isHeld: boolean;
  readonly isOwnConfigLeft: boolean;
  readonly notes: string[];
}

const file = 'package.json';
const kit = 'zero-backend-sync';
const sections = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

export function planPackageJson(request: PackageJsonRequest): PackageJsonOutcome {
  const { files, record, isHeld, isOwnConfigLeft, notes } = request;
  const nothing: PackageJsonOutcome = { writes: [], kept: [], isMerged: false, isWhole: true, written: null };
  const recorded = record.files[file];
  const present = files.read(file);
  if (recorded === undefined || present === null) return nothing;
  const original = originalFile(files, file, recorded);
  const written = copyOf(files, writtenOf(file), recorded.hash);
  if (original.kind !== 'text' || written === null) {
    const why =
      original.kind === 'lost'
        ? original.why
        : `${writtenOf(file)}, the copy of it as init wrote it, is missing or was changed: restore that from git`;
    return mentionsKit(present, record)
      ? { ...nothing, kept: [{ path: file, why: `${why}. Then run "undo" again.` }] }
      : nothing;
  }
  const texts: EditedTexts = { present, written, original: original.text };
  const packages = Object.keys(record.packages).filter(
    (name) => packageJsonOf(file, original.text).all[name] === undefined,
  );

  const isPackage = ([section = '', name = '']: readonly string[]) =>
    (sections.includes(section) && packages.includes(name)) || /^(overrides|resolutions|pnpm)$/.test(section);
  const wrapper = wrapperIn(packages);
  const isWrapping = ([section = '']: readonly string[]) =>
    // Settings of Jest that have moved into a file stay there with it: Jest refuses two places.
    isOwnConfigLeft && (/^(scripts|jest)$/.test(section) || (wrapper !== null && section === wrapper.field));
  const withPackages = { keeps: (keys: readonly string[]) => isPackage(keys) || isWrapping(keys) };
  const first = takeOutJson(file, texts, withPackages);
  const reasons = reasonsToStay(request, packages, first.text);

  const kept: KeptFile[] = [
    ...(first.left.length === 0
      ? []
      : [
          `you have changed ${first.left.join(', ')}, which init wrote, so what was there before cannot be told. Correct it and run "undo" again.`,
        ]),
    ...(reasons.get(kit) ?? []).map(
      (reason) => `${kit} stays installed, because ${reason}. Take that out and run "undo" again.`,
    ),
  ].map((why) => ({ path: file, why }));
  if (isHeld || kept.length > 0) {
    if (kept.length === 0)
      notes.push(`${kit} stays in package.json until the rest is undone, so that "undo" can be run again.`);
    const rest = takeOutJson(file, { ...texts, present: written }, withPackages).text;
    return { writes: [[file, first.text]], kept, isMerged: kept.length === 0, isWhole: false, written: rest };
  }

  const staying = packages.filter((name) => (reasons.get(name) ?? []).length > 0);
  for (const name of staying) notes.push(`${name} stays in package.json, because ${reasons.get(name)?.join(', ')}.`);
  const isUntouched = hashOf(present) === recorded.hash || isSameContent(file, written, present);
  if (isUntouched && staying.length === 0 && !isOwnConfigLeft) return { ...nothing, writes: [[file, original.text]] };
  const { text } = takeOutJson(file, texts, {
    keeps: (keys) => isWrapping(keys) || (sections.includes(keys[0] ?? '') && staying.includes(keys[1] ?? '')),
    goesAnyway: isPackage,
  });
  const going = packages.filter((name) => !staying.includes(name));
  return {
    ...nothing,
    writes: [[file, withoutMoved(text, original.text, going)]],
    isMerged: true,
    isWhole: staying.length === 0,
  };
}

/** What the scripts run through because of the kit; `null` where they run as they did. */
function wrapperIn(packages: readonly string[]): Home['wrapper'] {
  const wrappers = Object.values(homes).map((home) => home.wrapper);
  return wrappers.find((wrapper) => wrapper !== null && packages.includes(wrapper.name)) ?? null;
}

/** Why the app still needs a package, as ends of "because ...", by package. */
function reasonsToStay(
  { uses, isOwnConfigLeft }: PackageJsonRequest,
  packages: readonly string[],
  text: string,
): ReadonlyMap<string, readonly string[]> {
  const scripts = Object.entries(packageJsonOf(file, text).scripts);
  const scriptsWith = (program: RegExp) =>
    scripts.filter(([, script]) => program.test(script)).map(([name]) => `the script "${name}" runs it`);
  const wrapper = wrapperIn(packages);
  return new Map(
    packages.map((name) => {
      const imported = uses.filter(({ what }) => what === name).map((use) => `${whereIs(use)} imports it`);
      const isConfigured = name === wrapper?.name && isOwnConfigLeft ? ['its configuration has settings of yours'] : [];
      const program = name === wrapper?.name ? wrapper.program : name;
      const run = scriptsWith(new RegExp(`(^|[\\s/])${program}(\\s|$)`));
      return [name, [...imported, ...isConfigured, ...(isConfigured.length > 0 ? [] : run)]] as const;
    }),
  );
}

/** Somebody may have moved a dependency to another section; one that was not there before goes when it is empty. */
function withoutMoved(text: string, original: string, packages: readonly string[]): string {
  const before = fieldsOf(original);
  return sections.reduce((json, section) => {
    const had = isObject(before[section]) ? before[section] : {};
    const going = packages.filter((name) => had[name] === undefined);
    const rest = going.reduce((inner, name) => removeJson(file, inner, [section, name]), json);
    const left = fieldsOf(rest)[section];
    const isMade = before[section] === undefined && isObject(left) && Object.keys(left).length === 0;
    return isMade ? removeJson(file, rest, [section]) : rest;
  }, text);
}

function fieldsOf(text: string): Readonly<Record<string, Json>> {
  return packageJsonOf(file, text).fields;
}
