/** An app without users: the lines that give it a sync code in the place of an identity. */
import { printString } from '../edit/print';
import { sourceFiles } from '../discover/identity';
import type { ProjectFiles } from '../discover/project-files';
import { importPath } from '../edit/import-path';
import { documentsFolder, type NextStep } from '../next';

/** Where the whole of it is explained. */
export const withoutUsersDocument = `${documentsFolder}/without-users.md`;

/** What wires it, at the top of the app; none where the app opens an engine already. @param dir the template's folder */
export function syncCodeSteps(files: ProjectFiles, dir: string): readonly NextStep[] {
  if (sourceFiles(files, dir).some((file) => /\b(SyncEngine|SyncProvider)\b/.test(files.read(file) ?? ''))) return [];
  const code = [
    `import { GuestMode } from 'zero-backend-sync/core';`,
    `import { useSyncCode } from 'zero-backend-sync/react';`,
    `import { SyncProvider } from ${printString(`${importPath('src', dir)}/react`, "'")};`,
    '',
    'const sync = useSyncCode();',
    '',
    '<SyncProvider identity={sync.identity} guest={GuestMode.Adopted}>',
    '  ...',
    '</SyncProvider>',
  ].join('\n');
  const what = `in a component at the top of the app, render the provider around all that reads or writes synced data. How another device joins: ${withoutUsersDocument}`;
  return [{ kind: 'by-hand', what, code }];
}
