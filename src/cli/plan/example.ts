/** The part of a plan that writes one example of use: a piece of the app's own state that is bound, otherwise a component in the folder where its user is known. */
import type { IdentityPart } from '../discover/identity';
import { KitError } from '../../preset/kit-error';
import { parseSource } from '../discover/syntax';
import { expressionsOf, NO_USERS } from '../answers';
import { importPath } from '../edit/import-path';
import { collectionNames } from '../edit/schema-collections';
import { homeOf } from '../homes';
import { printExpression, printString } from '../edit/print';
import { documentsFolder } from '../next';
import { templateModule } from '../template';
import { planBinding } from './binding';
import type { Draft, PlannedWrite, PlanRequest } from './plan';
import { vueExampleText } from './vue-example';

/** @param writes of the plan so far */
export function planExample(request: PlanRequest, writes: PlannedWrite[], draft: Draft): void {
  const { files, facts, answers, record } = request;
  if (!answers.example) return;
  const [earlier] = Object.keys(record?.files ?? {}).filter(
    (path) => record?.files[path]?.role === 'created' && isExampleFile(path),
  );
  if (earlier !== undefined) {
    draft.byHand(
      `${earlier} is the example of an earlier run, and no second one is written. Other state is bound in the same way: ${documentsFolder}/existing-state.md.`,
    );
    return;
  }
  const whyNot = planBinding(request, writes, draft);
  if (whyNot === null) return;
  const hasUsers = answers.identity !== NO_USERS;
  const expressions = expressionsOf(answers.identity);
  const parts = expressions.map((expression) => findPart(facts.identity.proposals, expression));
  const identity = expressions.map(printed).join(', ');
  const folder = parts[0]?.evidence.file.split('/').slice(0, -1).join('/') ?? 'src';
  const isTypescript = facts.platform.language === 'typescript';
  const isVue = facts.platform.framework === 'vue';
  const scriptEnding = homeOf(facts.platform.buildTool)?.jsxEnding ?? 'js';
  const path = `${folder}/SyncedTheme.${isVue ? 'vue' : isTypescript ? 'tsx' : scriptEnding}`;
  if (files.read(path) !== null) return;
  const schemaFile = `${answers.dir}/${templateModule(record?.form ?? facts.form, 'schema')}`;
  const schema = writes.find((write) => write.path === schemaFile)?.after ?? files.read(schemaFile) ?? '';
  if (!collectionNames(schemaFile, schema).includes('preferences')) {
    draft.byHand(
      `No example was written: none of the app's state was bound, because ${whyNot}, and the one of the kit needs the collection preferences, which ${schemaFile} does not have.`,
    );
    return;
  }
  draft.note(`The example shows a state of its own: none of the app was bound, because ${whyNot}.`);
  const lib = importPath(folder, answers.dir);
  const named = expressions.map((expression, index) => ({ expression: printed(expression), found: parts[index] }));
  const text = isVue
    ? vueExampleText({ path, lib, parts: named, isTypescript, hasUsers })
    : exampleText({ lib, identity, parts, isTypescript, hasUsers });
  const after = text !== null && (isVue || isExample(path, text)) ? text : null;
  if (after === null) {
    draft.byHand(
      `The example could not be written to ${path}: what names the user there cannot be put into a component of its own. docs/guide.md of the kit has one.`,
    );
    return;
  }
  draft.write({
    path,
    before: null,
    after,
    role: 'created',
    why: 'an example of use; render <SyncedTheme /> anywhere, or delete it',
  });
}

/** Whether a file that `init` has made is an example. */
export function isExampleFile(path: string): boolean {
  return /(^|\/)(Synced\w+\.(tsx|jsx?|vue)|useSynced\w+\.[jt]s)$/.test(path);
}

/** @throws KitError ANSWERS_INVALID */
function printed(expression: string): string {
  const code = printExpression(expression);
  if (code !== null) return code;
  throw new KitError(
    'ANSWERS_INVALID',
    `${JSON.stringify(expression)} is not one expression that reads a value, so it cannot name the user. Nothing was changed. Name another one with --identity, such as --identity user.id.`,
  );
}

/** Whether the text is what was meant: imports and two components, and nothing that runs when the file is loaded. */
function isExample(path: string, text: string): boolean {
  const source = parseSource(path, text);
  if (source === null || (source.ast.errors?.length ?? 0) > 0) return false;
  const others = source.ast.program.body.filter(({ type }) => type !== 'ImportDeclaration').map(({ type }) => type);
  return others.join() === 'ExportNamedDeclaration,FunctionDeclaration';
}

interface ExampleRequest {
  readonly lib: string;
  /** Expressions, separated by commas. */
  readonly identity: string;
  readonly parts: readonly (IdentityPart | undefined)[];
  readonly isTypescript: boolean;
  readonly hasUsers: boolean;
}

function exampleText({ lib, identity, parts, isTypescript, hasUsers }: ExampleRequest): string {
  const hooks = parts.map((part) => part?.access ?? null);
  const [hook] = hooks;
  const isReachable =
    hook != null && hooks.every((access) => access?.hook === hook.hook && access.importText === hook.importText);
  const values = isReachable
    ? hooks.map(
        (access) =>
          `session${(access?.path ?? []).map((word) => (/^\d+$/.test(word) ? `?.[${word}]` : `?.${word}`)).join('')}`,
      )
    : [];
  const imports = [
    `import { SyncProvider, useDocument, useSyncStatus } from ${printString(`${lib}/react`, "'")};`,
    ...(isReachable ? [hook.importText] : []),
    ...(hasUsers
      ? []
      : [
          `import { GuestMode } from 'zero-backend-sync/core';`,
          `import { useSyncCode } from 'zero-backend-sync/react';`,
        ]),
  ];
  const isAlone = isReachable || !hasUsers;
  const parameter = isAlone
    ? ''
    : isTypescript
      ? '{ identity }: { identity: readonly (string | number)[] | null }'
      : '{ identity }';
  const usage = isAlone ? '<SyncedTheme />' : `<SyncedTheme identity={[${identity}]} />`.replaceAll('*/', '* /');
  const session = !hasUsers
    ? '  const sync = useSyncCode();\n'
    : isReachable
      ? `  const session = ${hook.hook}();\n  const parts = [${values.join(', ')}];\n` +
        `  const identity = parts.every(Boolean) ? parts.map(String) : null; // null until the user is known\n`
      : '';
  return `${imports.join('\n')}

/** An example: the user's theme, the same on all their devices. Render ${usage}${hasUsers ? ' where the user is known' : ''}. */
export function SyncedTheme(${parameter}) {
${session}  return (
    <SyncProvider identity={${hasUsers ? 'identity' : 'sync.identity'}}${hasUsers ? '' : ' guest={GuestMode.Adopted}'} fallback={<p>Opening ...</p>}>
      <ThemePicker />
    </SyncProvider>
  );
}

function ThemePicker() {
  const [preferences, patch] = useDocument('preferences', 'ui');
  const status = useSyncStatus();
  const theme = preferences?.theme ?? 'system';
  return (
    <label>
      Theme{' '}
      <select value={theme} onChange={(event) => patch({ theme: event.target.value${isTypescript ? ' as typeof theme' : ''} })}>
        <option>system</option>
        <option>light</option>
        <option>dark</option>
      </select>{' '}
      <small>{status.pending === 0 ? 'saved' : \`\${status.pending} to be sent\`}</small>
    </label>
  );
}
`;
}

function findPart(
  proposals: PlanRequest['facts']['identity']['proposals'],
  expression: string,
): IdentityPart | undefined {
  return proposals.flatMap((proposal) => proposal.parts).find((part) => part.expression === expression);
}
