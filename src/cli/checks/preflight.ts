/**
 * An app whose packages were installed with `--force` or `--legacy-peer-deps` has conflicts that npm refuses to install anything into. Where the lock file shows one, npm
 * is asked whether it would take the plan, in a folder of its own, before anything is changed.
 */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { satisfies } from 'semver';
import { KitError } from '../../preset/kit-error';
import { ignoresPeers } from '../clashes/npm-settings';
import type { CommandContext } from '../commands/context';
import type { PackageManagerFacts } from '../discover/package-manager';
import { isObject } from '../discover/package-json';
import { parseJson, setJson, type Json } from '../edit/json';
import type { Plan } from '../plan/plan';

/** @throws KitError PEER_CONFLICTS */
export async function requireResolvable(
  { root, files, run, env, terminal, signal }: CommandContext,
  plan: Plan,
  { name, lockFile }: PackageManagerFacts,
): Promise<void> {
  const text = plan.writes.find(({ path: file }) => file === 'package.json')?.after;
  const lock = lockFile === null ? null : files.read(lockFile);
  if (name !== 'npm' || !plan.install || text === undefined || lock === null || ignoresPeers(files, env)) return;
  const conflict = peerConflict(lock);
  if (conflict === null) return;
  const progress = terminal.progress('ask npm whether it takes the packages');
  const folder = fs.mkdtempSync(path.join(tmpdir(), 'zero-backend-sync-npm-'));
  try {
    fs.writeFileSync(path.join(folder, 'package.json'), withAbsolutePlaces(text, root));
    fs.writeFileSync(path.join(folder, 'package-lock.json'), lock);
    const settings = files.read('.npmrc');
    if (settings !== null) fs.writeFileSync(path.join(folder, '.npmrc'), settings, { mode: 0o600 });
    const args = ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'];
    const { status, output } = await run('npm', [...args, '--install-strategy=shallow'], {
      cwd: folder,
      env: { ...env },
      ...(signal && { signal }),
    });
    progress.done(status === 0 ? 'yes' : 'no');
    // A registry that is out of reach is reported by the installation itself.
    if (status === 0 || !/code ERESOLVE/.test(output)) return;
    throw new KitError(
      'PEER_CONFLICTS',
      `npm would refuse to install anything into this app (ERESOLVE), because its packages were installed with --force or --legacy-peer-deps: ${conflict}. Nothing was changed. ` +
        'Resolve the conflict, or write the flag down for everybody who installs the app: npm config set legacy-peer-deps=true --location=project. Then run the command again.',
    );
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** The first package in npm's lock file whose peer is another version than it wants, in words; `null` where there is none. */
export function peerConflict(lock: string): string | null {
  const { packages } = Object(parseJson('package-lock.json', lock)) as { readonly packages?: Json };
  if (!isObject(packages)) return null;
  for (const [place, entry] of Object.entries(packages)) {
    if (!isObject(entry) || !isObject(entry.peerDependencies)) continue;
    const optional = isObject(entry.peerDependenciesMeta) ? entry.peerDependenciesMeta : {};
    for (const [peer, range] of Object.entries(entry.peerDependencies)) {
      if (optional[peer] !== undefined || typeof range !== 'string') continue;
      const found = versionFrom(packages, place, peer);
      if (found !== null && !satisfies(found, range, { includePrerelease: true }))
        return `${place.split('node_modules/').at(-1)} wants ${peer} ${range}, and has ${found}`;
    }
  }
  return null;
}

function versionFrom(packages: Readonly<Record<string, Json>>, place: string, name: string): string | null {
  const parts = place.split('/node_modules/');
  for (let depth = parts.length; depth >= 0; depth--) {
    const above = parts.slice(0, depth).join('/node_modules/');
    const entry = packages[`${above === '' ? '' : `${above}/`}node_modules/${name}`];
    if (isObject(entry) && typeof entry.version === 'string') return entry.version;
  }
  return null;
}

/** `file:` and `link:` are relative to the app. */
function withAbsolutePlaces(text: string, root: string): string {
  const fields = parseJson('package.json', text);
  let changed = text;
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    const list = isObject(fields) ? fields[kind] : undefined;
    for (const [name, range] of Object.entries(isObject(list) ? list : {})) {
      const [, scheme, place] = /^(file:|link:)(.*)$/.exec(String(range)) ?? [];
      if (place !== undefined)
        changed = setJson('package.json', changed, [kind, name], `${scheme}${path.resolve(root, place)}`);
    }
  }
  return changed;
}
