/** An app of a row in a folder of its own, installed and in git, as its owner left it; and what it becomes with the kit. */
import { readFileSync } from 'node:fs';
import * as path from 'node:path';
import { parseSalt } from '../../../src/preset/salt';
import { writeFiles } from '../../support/homes/installed-app';
import { linkApp } from '../../support/kept';
import { commitAll } from '../apps';
import { must, workshop } from '../workshop';
import { appOf, type HomeRow } from './rows';

/** An app of a template has no user, and an identity has to be in scope somewhere. */
const account = {
  typescript:
    'interface User {\n  id: string;\n  email: string;\n}\n\nexport const accountOf = (user: User) => [user.id, user.email];\n',
  javascript: 'export const accountOf = (user) => [user.id, user.email];\n',
};

export async function makeHomeApp(row: HomeRow): Promise<string> {
  const home = appOf(row);
  const app = path.join(workshop(), 'apps', [row.tool, row.framework, row.language].join('-'));
  linkApp(await home.installed(), app);
  home.setBase(app, row.base);
  const ending = row.language === 'typescript' ? 'ts' : 'js';
  writeFiles(app, { [`src/account.${ending}`]: account[row.language] });
  await must(app, 'git', ['init', '--quiet']);
  await commitAll(app, 'As it was');
  return app;
}

/** That of `init`, of 32 bytes. */
export function saltOf(app: string): Buffer {
  const [, text] = /^SYNC_SALT=(.+)$/m.exec(readFileSync(path.join(app, '.env.local'), 'utf8')) ?? [];
  return parseSalt(text ?? '', '.env.local');
}
