/**
 * Where this copy of the kit came from, so that the app installs the same one. Its name may be free in a registry, and a range that is written without
 * need would be taken from there, from whoever registers it. So a range is written only where the copy itself is from a registry.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { KitError } from '../preset/kit-error';

const name = 'zero-backend-sync';

/**
 * What goes into the dependencies of an app for the same copy of the kit: `file:../kit.tgz`, `git+ssh://...#commit`, an address, or a range.
 * @param packageFolder this package, absolute
 * @param app the app's folder, absolute
 * @param version of this package
 * @throws KitError KIT_ORIGIN_UNKNOWN
 */
export function originOfKit(packageFolder: string, app: string, version: string): string {
  const found = recordsOf(packageFolder).map((record) => specOf(record, app, version));
  const spec = found.find((candidate) => candidate !== null);
  if (spec != null) return spec;
  throw unknownOrigin('it was not installed by a package manager that has written down where it came from');
}

interface OriginRecord {
  /** The folder that relative places start from. */
  readonly folder: string;
  /** What was asked for: `^0.1.0`, `file:../kit.tgz`. */
  readonly requested?: string | undefined;
  /** What was installed, as npm writes it. */
  readonly resolved?: string | undefined;
}

/** What package managers have written down, the nearest first. Of `X/node_modules/zero-backend-sync` it stands in X. */
function recordsOf(packageFolder: string): readonly OriginRecord[] {
  const parents = ancestorsOf(packageFolder)
    .filter((folder) => path.basename(folder) === 'node_modules')
    .map((folder) => path.dirname(folder));
  const ofNpm6 = jsonAt(path.join(packageFolder, 'package.json'));
  return [
    ...parents.map((folder) => {
      const lock = jsonAt(path.join(folder, 'node_modules/.package-lock.json'));
      const installed = isObject(lock.packages) ? lock.packages[`node_modules/${name}`] : undefined;
      const owner = jsonAt(path.join(folder, 'package.json'));
      const requested = [owner.dependencies, owner.devDependencies].map((all) =>
        isObject(all) ? all[name] : undefined,
      );
      return {
        folder,
        requested: textOr(requested[0] ?? requested[1]),
        resolved: isObject(installed) ? textOr(installed.resolved) : undefined,
      };
    }),
    { folder: parents[0] ?? packageFolder, resolved: textOr(ofNpm6._resolved) },
  ];
}

/** `null` where a record says nothing of use. */
function specOf({ folder, requested, resolved }: OriginRecord, app: string, version: string): string | null {
  for (const place of [resolved, requested]) {
    if (place === undefined) continue;
    const file = fileOf(place, folder);
    if (file !== null) return fileSpec(file, app);
    if (/^[a-z+]+:\/\/[^/]*:[^/]*@/i.test(place))
      throw unknownOrigin('the address that it came from holds a password, which must not get into package.json');
    if (/^(git\+[a-z]+|git|ssh):/i.test(place)) return place;
    if (/^https?:/i.test(place) && !isOfRegistry(place) && !isRange(requested)) return place;
    if (/^(github|gitlab|bitbucket|gist):/.test(place) || /^[\w-]+\/[\w.-]+(#.*)?$/.test(place)) return place;
  }
  const isFromRegistry =
    resolved !== undefined && /^https?:/i.test(resolved) && (isOfRegistry(resolved) || isRange(requested));
  return isFromRegistry ? `^${version}` : null;
}

/** A tarball beside the app, by the shortest way to it. */
function fileSpec(target: string, app: string): string {
  const stat = fs.statSync(target, { throwIfNoEntry: false });
  if (stat === undefined) throw unknownOrigin(`${target}, which it was installed from, is not there any more`);
  // A folder would be linked, and a link loads React and RxDB a second time.
  if (stat.isDirectory())
    throw unknownOrigin(`it was installed from the folder ${target}, which the app could only link to`);
  const relative = path.relative(app, target).split(path.sep).join('/');
  if (path.isAbsolute(relative)) return `file:${relative}`;
  return `file:${relative.startsWith('.') ? relative : `./${relative}`}`;
}

/** A registry's address of a package: `https://registry.npmjs.org/zero-backend-sync/-/zero-backend-sync-0.1.0.tgz`. */
function isOfRegistry(address: string): boolean {
  return address.includes(`/${name}/-/`);
}

function isRange(requested: string | undefined): boolean {
  return requested !== undefined && /^[\^~<>=v\s]*(\d|\*|x\b)|^[a-z]\w*$/i.test(requested);
}

/** The absolute path that a place means; `null` where it means no file. */
function fileOf(place: string, folder: string): string | null {
  const isPath = place.startsWith('file:') || (/^(\.{0,2}\/|[a-z]:[\\/])/i.test(place) && !place.startsWith('//'));
  if (!isPath) return null;
  const written = path.resolve(folder, place.replace(/^file:(\/\/(?=\/))?/, ''));
  // npm writes names as they are, others as a part of an address.
  return fs.existsSync(written) || !place.includes('%') ? written : decoded(written);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function unknownOrigin(why: string): KitError {
  return new KitError(
    'KIT_ORIGIN_UNKNOWN',
    `The app has to install this copy of ${name}, and where that is cannot be told: ${why}. Nothing was changed, and no range of the registry was written, because another package may stand there under this name. Say where the app gets it: make a tarball in the checkout (npm ci && npm pack), and add --kit file:../${name}/${name}-0.1.0.tgz, with the way from the app to it.`,
  );
}

function ancestorsOf(folder: string): readonly string[] {
  const parent = path.dirname(folder);
  return parent === folder ? [] : [parent, ...ancestorsOf(parent)];
}

function jsonAt(file: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function textOr(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 2000 ? value : undefined;
}
