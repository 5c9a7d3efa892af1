/**
 * What takes minutes to make and is the same for every run, such as installed apps: kept in the temporary folder under `zero-backend-sync-apps`,
 * about 400 MB an app, for every suite and every checkout. Remove it at will; whatever no run used for three days goes by itself.
 */
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const unusedMs = 3 * 24 * 3600 * 1000;

/** The folder of all that is kept. A suite that moves the temporary folder names it in the environment before. */
export function keptFolder(): string {
  const folder = (process.env.KEPT_APPS ??= join(tmpdir(), 'zero-backend-sync-apps'));
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** The kept folder of that name, which is only to be read. Where there is none it is made; whoever wants it meanwhile waits. */
export async function kept(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  forgetUnused();
  const folder = join(keptFolder(), name);
  await withLock(`${folder}.lock`, async () => {
    if (existsSync(folder)) return;
    // It appears under its name when it is complete.
    const partial = `${folder}.partial`;
    rmSync(partial, { recursive: true, force: true });
    mkdirSync(partial);
    await make(partial);
    renameSync(partial, folder);
  });
  utimesSync(folder, new Date(), new Date());
  return folder;
}

/** A folder of its own beside what is kept, on the same disk, so that it can share files with it. Its maker removes it. */
export function temporaryFolder(prefix: string): string {
  return mkdtempSync(join(keptFolder(), prefix));
}

/** A copy that shares every file with the original: for packages, which npm replaces and never changes in place. */
export function linkTree(from: string, to: string): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkTree(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    // npm writes its list of what is installed in place.
    else if (entry.name === '.package-lock.json') cpSync(source, target);
    else linkSync(source, target);
  }
}

/** A copy of an app whose packages are shared with the original. */
export function linkApp(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name === 'node_modules') linkTree(join(from, name), join(to, name));
    else cpSync(join(from, name), join(to, name), { recursive: true });
  }
}

/** One process at a time; the lock of a process that has ended does not count. */
async function withLock(lock: string, work: () => Promise<void>): Promise<void> {
  while (!lockFor(lock)) {
    if (isAbandoned(lock)) rmSync(lock, { force: true });
    else await sleep(500);
  }
  try {
    await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function lockFor(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function isAbandoned(lock: string): boolean {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function forgetUnused(): void {
  for (const name of readdirSync(keptFolder())) {
    const folder = join(keptFolder(), name);
    const usedAt = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - usedAt > unusedMs) rmSync(folder, { recursive: true, force: true });
  }
}
