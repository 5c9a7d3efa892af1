/** What the app makes of the kit: whether it opens the engine, for whom, and with a schema of its own. */
import type { NodePath } from '@babel/traverse';
import type { Node } from '@babel/types';
import { propertyOf, writtenPath } from '../discover/bindings';
import { constantLists } from '../discover/constant-values';
import { sourceFiles } from '../discover/identity';
import { readModules, type Modules } from '../discover/modules';
import { evidenceAt } from '../discover/syntax';
import { NO_USERS } from '../answers';
import { readRecord, writtenOf } from '../installation-record';
import { withoutUsersDocument } from '../plan/without-users';
import { templateModule } from '../template';
import type { Check, CheckContext, Finding } from './finding';

export const use: Check = {
  id: 'use',
  title: 'use',
  check(context) {
    const modules = readModules(context.files, sourceFiles(context.files, context.dir));
    return [...opening(context, modules), ...sampleSchema(context)];
  },
};

function opening({ dir, files }: CheckContext, modules: Modules): readonly Finding[] {
  const findings: Finding[] = [];
  let isOpened = false;
  for (const { source, program } of modules.all) {
    const report = (identity: NodePath) => {
      for (const { list, kind } of constantLists(modules, identity)) {
        const at = modules.moduleOf(list)?.source ?? source;
        findings.push({ ...(kind === 'random' ? changes : sameForAll), evidence: evidenceAt(at, list.node) });
      }
    };
    program.traverse({
      JSXOpeningElement(element) {
        if (element.node.name.type !== 'JSXIdentifier' || element.node.name.name !== 'SyncProvider') return;
        isOpened = true;
        for (const attribute of element.get('attributes')) {
          if (!attribute.isJSXAttribute() || attribute.node.name.name !== 'identity') continue;
          const value = attribute.get('value.expression') as NodePath<Node | null | undefined>;
          if (value.node) report(value as NodePath);
        }
      },
      CallExpression(call) {
        if (!/(^|\.)SyncEngine\.open$/.test(writtenPath(call.node.callee))) return;
        isOpened = true;
        const [options] = call.get('arguments') as NodePath[];
        const identity = options && propertyOf(options, 'identity').value;
        if (identity) report(identity);
      },
    });
  }
  if (isOpened) return findings;
  const hasUsers = readRecord(files)?.choices.identity !== NO_USERS;
  return [
    {
      check: 'use',
      code: 'NOT_OPENED',
      severity: 'info',
      what: 'Nothing in the app opens the engine yet.',
      why: 'Until a component renders <SyncProvider>, or code calls SyncEngine.open, nothing is stored and nothing syncs.',
      how: hasUsers
        ? `Render it where the user is known: <SyncProvider identity={user && [user.id]}>, imported from ${dir}/react.`
        : `Render it at the top of the app: ${syncCodeUse}, imported from ${dir}/react; see ${withoutUsersDocument}.`,
    },
  ];
}

const syncCodeUse = 'const sync = useSyncCode(); <SyncProvider identity={sync.identity} guest={GuestMode.Adopted}>';

const sameForAll: Omit<Finding, 'evidence'> = {
  check: 'use',
  code: 'IDENTITY_LITERAL',
  severity: 'error',
  what: 'The identity is a literal: it is the same for everybody who opens the app.',
  why: 'Everybody in the world shares one database, and each of them can read and write it.',
  how: `Give what differs for each user and never changes, such as user.id; null where nobody is signed in. In an app without users: ${syncCodeUse} (${withoutUsersDocument}).`,
  instead: 'identity={user && [user.id]}',
};

const changes: Omit<Finding, 'evidence'> = {
  check: 'use',
  code: 'IDENTITY_CHANGES',
  severity: 'error',
  what: 'The identity is another value at each start.',
  why: 'Nobody finds again what they have stored, on this device or another.',
  how: 'Give what never changes for a user, such as user.id.',
  instead: 'identity={user && [user.id]}',
};

/** The schema as it was shipped: collections that are an example, and not what the app keeps. */
function sampleSchema({ files, dir, form }: CheckContext): readonly Finding[] {
  const file = `${dir}/${templateModule(form, 'schema')}`;
  const text = files.read(file);
  if (text === null || text !== files.read(writtenOf(file))) return [];
  return [
    {
      check: 'use',
      code: 'SCHEMA_SAMPLE',
      severity: 'info',
      what: `${file} still holds the sample collections, notes and preferences.`,
      why: 'They are an example; collections are what the app stores, and removing one later is a change of the schema.',
      how: 'Describe what the app stores, before anybody uses it: "The schema" in docs/guide.md of the package.',
      evidence: { file, line: 1, text: text.split('\n')[0] ?? '' },
    },
  ];
}
