/** The part of a plan that writes one example of use, in the app's language, in the folder where its user is known. */
import type { IdentityPart } from '../discover/identity';
import { sourceFiles } from '../discover/identity';
import type { ProjectFiles } from '../discover/project-files';
import type { Draft, PlanRequest } from './plan';

export function planExample({ files, facts, answers }: PlanRequest, draft: Draft): void {
  const parts = answers.identity.map((expression) => findPart(facts.identity.proposals, expression));
  if (!answers.example) {
    if (!usesEngine(files, answers.dir))
      draft.note(
        `Where the user is known, wrap the app in the provider:\n\n    <SyncProvider identity={[${answers.identity.join(', ')}]}>...</SyncProvider>      // import { SyncProvider } from '${importPath('src', answers.dir)}/react'\n`,
      );
    return;
  }
  const folder = parts[0]?.evidence.file.split('/').slice(0, -1).join('/') ?? 'src';
  const isTypescript = facts.platform.language === 'typescript';
  const path = `${folder}/SyncedTheme.${isTypescript ? 'tsx' : 'js'}`;
  if (files.read(path) !== null) return;
  const after = exampleText({ lib: importPath(folder, answers.dir), identity: answers.identity, parts, isTypescript });
  draft.write({
    path,
    before: null,
    after,
    role: 'created',
    why: 'an example of use; render <SyncedTheme /> anywhere, or delete it',
  });
}

interface ExampleRequest {
  readonly lib: string;
  readonly identity: readonly string[];
  readonly parts: readonly (IdentityPart | undefined)[];
  readonly isTypescript: boolean;
}

function exampleText({ lib, identity, parts, isTypescript }: ExampleRequest): string {
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
    `import { SyncProvider, useDocument, useSyncStatus } from '${lib}/react';`,
    ...(isReachable ? [hook.importText] : []),
  ];
  const parameter = isReachable
    ? ''
    : isTypescript
      ? '{ identity }: { identity: readonly (string | number)[] | null }'
      : '{ identity }';
  const usage = isReachable ? '<SyncedTheme />' : `<SyncedTheme identity={[${identity.join(', ')}]} />`;
  const session = isReachable
    ? `  const session = ${hook.hook}();\n  const parts = [${values.join(', ')}];\n` +
      `  const identity = parts.every(Boolean) ? parts.map(String) : null; // null until the user is known\n`
    : '';
  return `${imports.join('\n')}

/** An example: the user's theme, the same on all their devices. Render ${usage} where the user is known. */
export function SyncedTheme(${parameter}) {
${session}  return (
    <SyncProvider identity={identity} fallback={<p>Opening ...</p>}>
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

/** The relative import of one folder from another. */
function importPath(from: string, to: string): string {
  const fromParts = from.split('/');
  const toParts = to.split('/');
  while (fromParts.length > 0 && fromParts[0] === toParts[0]) {
    fromParts.shift();
    toParts.shift();
  }
  return [...(fromParts.length === 0 ? ['.'] : fromParts.map(() => '..')), ...toParts].join('/');
}

/** Whether the app opens the engine already, so that nothing has to be said about it. */
function usesEngine(files: ProjectFiles, dir: string): boolean {
  return sourceFiles(files, dir).some((file) => /SyncEngine|SyncProvider/.test(files.read(file) ?? ''));
}
