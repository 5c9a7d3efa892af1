/** What the app makes of the kit: whether it opens the engine, for whom, and with a schema of its own. */
import type { NodePath } from '@babel/traverse';
import type { Node } from '@babel/types';
import { writtenPath } from '../discover/bindings';
import { constantLists } from '../discover/constant-values';
import { sourceFiles } from '../discover/identity';
import { readModules, type Modules } from '../discover/modules';
import { discoverPlatform } from '../discover/platform';
import { evidenceAt } from '../discover/syntax';
import { memberOf } from '../discover/vue/objects';
import { NO_USERS } from '../answers';
import { readRecord, writtenOf } from '../installation-record';
import { syncCodeInVue, withoutUsersDocument } from '../plan/without-users';
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
        const finding = kind === 'random' ? changes : sameForAll;
        findings.push({ ...finding(isVueApp(files)), evidence: evidenceAt(at, list.node) });
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
        if (!/(^|\.)(SyncEngine\.open|provideSync)$/.test(writtenPath(call.node.callee))) return;
        isOpened = true;
        const [options] = call.get('arguments') as NodePath[];
        const identity = memberOf(options, 'identity');
        if (identity) report(identity);
      },
      Expression(expression) {
        const given = source.vue?.properties.find(
          ({ value }) => value.start === expression.node.start && value.end === expression.node.end,
        );
        if (given?.name !== 'identity' || !/^(SyncProvider|sync-provider)$/.test(given.element)) return;
        isOpened = true;
        report(expression);
      },
    });
  }
  if (isOpened) return findings;
  const hasUsers = readRecord(files)?.choices.identity !== NO_USERS;
  const isVue = isVueApp(files);
  const template = `${dir}/${isVue ? 'vue' : 'react'}`;
  return [
    {
      check: 'use',
      code: 'NOT_OPENED',
      severity: 'info',
      what: 'Nothing in the app opens the engine yet.',
      why: isVue
        ? 'Until a component calls provideSync in its setup, or code calls SyncEngine.open, nothing is stored and nothing syncs.'
        : 'Until a component renders <SyncProvider>, or code calls SyncEngine.open, nothing is stored and nothing syncs.',
      how: hasUsers
        ? isVue
          ? `Call it in the setup of App.vue, or where the user is known: ${forUser.vue}, imported from ${template}.`
          : `Render it where the user is known: <SyncProvider ${forUser.react}>, imported from ${template}.`
        : isVue
          ? `Call it in the setup of App.vue: ${syncCodeInVue}, imported from ${template}; see ${withoutUsersDocument}.`
          : `Render it at the top of the app: ${syncCodeInReact}, imported from ${template}; see ${withoutUsersDocument}.`,
    },
  ];
}

const syncCodeInReact = 'const sync = useSyncCode(); <SyncProvider identity={sync.identity} guest={GuestMode.Adopted}>';

/** An identity as it should be. */
const forUser = {
  react: 'identity={user && [user.id]}',
  vue: 'provideSync({ identity: () => user.value && [user.value.id] })',
};

function sameForAll(isVue: boolean): Omit<Finding, 'evidence'> {
  return {
    check: 'use',
    code: 'IDENTITY_LITERAL',
    severity: 'error',
    what: 'The identity is a literal: it is the same for everybody who opens the app.',
    why: 'Everybody in the world shares one database, and each of them can read and write it.',
    how: `Give what differs for each user and never changes, such as user.id; null where nobody is signed in. In an app without users: ${isVue ? syncCodeInVue : syncCodeInReact} (${withoutUsersDocument}).`,
    instead: isVue ? forUser.vue : forUser.react,
  };
}

function changes(isVue: boolean): Omit<Finding, 'evidence'> {
  return {
    check: 'use',
    code: 'IDENTITY_CHANGES',
    severity: 'error',
    what: 'The identity is another value at each start.',
    why: 'Nobody finds again what they have stored, on this device or another.',
    how: 'Give what never changes for a user, such as user.id.',
    instead: isVue ? forUser.vue : forUser.react,
  };
}

function isVueApp(files: CheckContext['files']): boolean {
  return discoverPlatform(files).framework === 'vue';
}

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
