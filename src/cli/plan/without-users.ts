/** An app without users: the lines that give it a sync code in the place of an identity. */
import { importPath } from '../edit/import-path';

/** Where the whole of it is explained. */
export const withoutUsersDocument = 'node_modules/zero-backend-sync/docs/without-users.md';

/** What wires it, for a component at the top of the app. @param dir the template's folder */
export function syncCodeLines(dir: string): readonly string[] {
  return [
    `import { GuestMode } from 'zero-backend-sync/core';`,
    `import { useSyncCode } from 'zero-backend-sync/react';`,
    `import { SyncProvider } from '${importPath('src', dir)}/react';`,
    '',
    `const sync = useSyncCode();`,
    `<SyncProvider identity={sync.identity} guest={GuestMode.Adopted}>...</SyncProvider>`,
  ];
}
