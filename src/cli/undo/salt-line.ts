/** The one line that an undo leaves in `.gitignore`: the salt stays on the disk, and must not get into a commit. */
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import type { ProjectFiles } from '../discover/project-files';
import { withLine } from '../edit/lines';
import { repositoryOf, wouldIgnore } from '../git';
import type { RunProgram } from '../process';
import { ignoresSaltFile, saltFile } from '../salt';

/** The text of the `.gitignore` that an undo would write, with a line for the salt where nothing else keeps it out of git. */
export async function withSaltLine(
  { files, run }: { readonly files: ProjectFiles; readonly run: RunProgram },
  gitignore: string | null,
): Promise<string | null> {
  if (files.read(saltFile) === null || ignoresSaltFile(gitignore)) return gitignore;
  return (await isIgnoredElsewhere(files, run, gitignore)) ? gitignore : withLine(gitignore, saltFile);
}

/**
 * Asks git what it would ignore if `.gitignore` said that, in a folder that has nothing but the `.gitignore` files from the top of the repository down to
 * the app. The app itself is not touched.
 */
async function isIgnoredElsewhere(files: ProjectFiles, run: RunProgram, gitignore: string | null): Promise<boolean> {
  const repository = await repositoryOf(run, files.root);
  if (repository === null) return false;
  const names = repository.prefix.split('/').filter((name) => name !== '');
  const stand = fs.mkdtempSync(path.join(tmpdir(), 'zero-backend-sync-'));
  try {
    const app = path.join(stand, ...names);
    fs.mkdirSync(app, { recursive: true });
    for (const depth of names.keys()) {
      const above = files.read(`${'../'.repeat(names.length - depth)}.gitignore`);
      if (above !== null) fs.writeFileSync(path.join(stand, ...names.slice(0, depth), '.gitignore'), above);
    }
    if (gitignore !== null) fs.writeFileSync(path.join(app, '.gitignore'), gitignore);
    return await wouldIgnore(run, { gitDir: repository.gitDir, workTree: stand, file: [...names, saltFile].join('/') });
  } finally {
    fs.rmSync(stand, { recursive: true, force: true });
  }
}
