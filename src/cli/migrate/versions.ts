/** RxDB and Dexie read what they have written: another version of either may not, so a move leaves both as they are. */
import { majorOf } from '../discover/package-json';
import { resolvePackage } from '../discover/installed-packages';
import type { ProjectFiles } from '../discover/project-files';
import { KitError } from '../../preset/kit-error';
import { isObject } from '../discover/package-json';
import { parseJson } from '../edit/json';
import type { Kit } from '../kit';

/**
 * New tools take the app's own copy where the kit has one below it, so both have to be the same.
 * @returns what could not be looked at, in whole sentences
 * @throws KitError DATABASE_VERSION
 */
export function compareVersions(files: ProjectFiles, kit: Pick<Kit, 'versions'>): readonly string[] {
  const notes: string[] = [];
  for (const name of ['rxdb', 'dexie']) {
    const { own, ofKit } = copiesOf(files, name);
    if (ofKit === null && own === null) continue;
    if (own !== null && ofKit !== null && own !== ofKit)
      throw new KitError(
        'DATABASE_VERSION',
        `The app has ${name} ${own}, and zero-backend-sync ${name} ${ofKit}, which has written the databases of your users so far. The new tool loads the app's copy for both. Nothing was changed. Make it the same ("npm install ${name}@${ofKit}"), or remove ${name} from package.json, and run this again.`,
      );
    const present = ofKit ?? own;
    const made = kit.versions[name];
    if (made !== undefined && present !== null && majorOf(made.replace(/^\D*/, '')) !== majorOf(present))
      notes.push(
        `${name} ${present} is installed, and this zero-backend-sync was made with ${made}. "migrate" installs no other version of it; look at "update" before you do.`,
      );
  }
  return notes;
}

/** What is installed, otherwise what npm's lock file says. */
function copiesOf(files: ProjectFiles, name: string): { readonly own: string | null; readonly ofKit: string | null } {
  const kit = resolvePackage(files, 'zero-backend-sync');
  if (kit !== null) {
    // Dexie is RxDB's, not the kit's.
    const rxdb = resolvePackage(files, 'rxdb', kit.place);
    const from = name === 'rxdb' || rxdb === null ? kit.place : rxdb.place;
    return {
      own: resolvePackage(files, name)?.version ?? null,
      ofKit: resolvePackage(files, name, from)?.version ?? null,
    };
  }
  const lock = files.read('package-lock.json');
  const locked = lock === null ? null : parseJson('package-lock.json', lock);
  const packages = isObject(locked) && isObject(locked.packages) ? locked.packages : {};
  const versionAt = (place: string): string | null => {
    const entry = packages[place];
    return isObject(entry) && typeof entry.version === 'string' ? entry.version : null;
  };
  const own = versionAt(`node_modules/${name}`);
  const below = [
    `node_modules/zero-backend-sync/node_modules/${name}`,
    `node_modules/zero-backend-sync/node_modules/rxdb/node_modules/${name}`,
    `node_modules/rxdb/node_modules/${name}`,
  ];
  return { own, ofKit: below.map(versionAt).find((version) => version !== null) ?? own };
}
