/** An app without users: the lines that give it a sync code in the place of an identity. */
import { printString } from '../edit/print';
import { sourceFiles } from '../discover/identity';
import { opensEngine } from '../discover/opens-engine';
import type { Facts } from '../discover/facts';
import type { ProjectFiles } from '../discover/project-files';
import { importPath } from '../edit/import-path';
import { documentsFolder, type NextStep } from '../next';

/** Where the whole of it is explained. */
export const withoutUsersDocument = `${documentsFolder}/without-users.md`;

/** What wires it, at the top of the app; none where the app opens an engine already. @param dir the template's folder */
export function syncCodeSteps(
  files: ProjectFiles,
  dir: string,
  framework: Facts['platform']['framework'],
): readonly NextStep[] {
  if (opensEngine(files, sourceFiles(files, dir))) return [];
  const isVue = framework === 'vue';
  const template = printString(`${importPath('src', dir)}/${isVue ? 'vue' : 'react'}`, "'");
  const code = [
    `import { GuestMode } from 'zero-backend-sync/core';`,
    `import { useSyncCode } from 'zero-backend-sync/${isVue ? 'vue' : 'react'}';`,
    `import { ${isVue ? 'provideSync' : 'SyncProvider'} } from ${template};`,
    '',
    ...(isVue ? `${syncCodeInVue};`.split(/(?<=;) /) : syncCodeInReact),
  ].join('\n');
  const where = isVue
    ? 'in the setup of App.vue, provide the engine to all that reads or writes synced data'
    : 'in a component at the top of the app, render the provider around all that reads or writes synced data';
  return [{ kind: 'by-hand', what: `${where}. How another device joins: ${withoutUsersDocument}`, code }];
}

const syncCodeInReact = [
  'const sync = useSyncCode();',
  '',
  '<SyncProvider identity={sync.identity} guest={GuestMode.Adopted}>',
  '  ...',
  '</SyncProvider>',
];

/** As one line of a setup. */
export const syncCodeInVue = 'const { identity } = useSyncCode(); provideSync({ identity, guest: GuestMode.Adopted })';
