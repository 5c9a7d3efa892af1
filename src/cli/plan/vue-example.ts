/** The example of use in an app of Vue: a component that provides the engine for itself, and shows one document. */
import type { IdentityPart } from '../discover/identity';
import { parseSource } from '../discover/syntax';
import { importLine, type NeededImport } from '../edit/add-imports';
import { printString } from '../edit/print';
import { partImports } from './part-imports';
import { vueIdentity } from './vue-identity';

export interface VueExample {
  readonly path: string;
  /** The template's folder, as the component imports it. */
  readonly lib: string;
  /** What names the user, each with its candidate. */
  readonly parts: readonly { readonly expression: string; readonly found: IdentityPart | undefined }[];
  readonly isTypescript: boolean;
  readonly hasUsers: boolean;
}

/** The text of the component; `null` where what names the user cannot be put into it. */
export function vueExampleText({ path, lib, parts, isTypescript, hasUsers }: VueExample): string | null {
  const isReachable = parts.every(({ found }) => found?.place.kind === 'component' && found.place.name === '');
  const found = parts.flatMap((part) => part.found ?? []);
  const { constants, getter } = vueIdentity(
    parts.map(({ expression }) => expression),
    { isTaken: (name) => ownNames.has(name), constantOf: () => null },
  );
  const imports: readonly NeededImport[] = [
    { name: 'computed', from: 'vue' },
    ...(hasUsers
      ? isReachable
        ? partImports(path, found)
        : []
      : [
          { name: 'GuestMode', from: 'zero-backend-sync/core' },
          { name: 'useSyncCode', from: 'zero-backend-sync/vue' },
        ]),
  ];
  const provided = !hasUsers
    ? ['const { identity } = useSyncCode();', 'provideSync({ identity, guest: GuestMode.Adopted });']
    : isReachable
      ? [...constants.map((constant) => `${constant};`), `provideSync({ identity: ${getter} });`]
      : [
          isTypescript
            ? 'const props = defineProps<{ identity: readonly (string | number)[] | null }>();'
            : `const props = defineProps(['identity']);`,
          'provideSync({ identity: () => props.identity });',
        ];
  const identity = parts.map(({ expression }) => expression).join(', ');
  const usage = isReachable || !hasUsers ? '<SyncedTheme />' : `<SyncedTheme :identity="[${identity}]" />`;
  const chosen = isTypescript
    ? '(event.target as HTMLSelectElement).value as typeof theme.value'
    : 'event.target.value';
  const lines = [
    `<script setup${isTypescript ? ' lang="ts"' : ''}>`,
    `// An example: the user's theme, the same on all their devices. Render ${usage.replace(/<\//g, '< /')}${hasUsers ? ' where the user is known' : ''}.`,
    ...imports.map((each) => importLine(each, "'", ';')),
    `import { provideSync, useDocument, useSyncStatus } from ${printString(`${lib}/vue`, "'")};`,
    '',
    ...provided,
    '',
    `const { document: preferences, patch } = useDocument('preferences', 'ui');`,
    'const status = useSyncStatus();',
    `const theme = computed(() => preferences.value?.theme ?? 'system');`,
    `const choose = (event${isTypescript ? ': Event' : ''}) => patch({ theme: ${chosen} });`,
    '</script>',
    '',
    '<template>',
    '  <label>',
    '    Theme',
    '    <select :value="theme" @change="choose">',
    '      <option>system</option>',
    '      <option>light</option>',
    '      <option>dark</option>',
    '    </select>',
    `    <small>{{ status.pending === 0 ? 'saved' : \`\${status.pending} to be sent\` }}</small>`,
    '  </label>',
    '</template>',
    '',
  ];
  const text = lines.join('\n');
  const source = parseSource(path, text);
  const isMeant = source?.vue?.scripts.length === 1 && (source.ast.errors ?? [null]).length === 0;
  return isMeant ? text : null;
}

/** What the component declares itself. */
const ownNames = new Set('computed identity props preferences patch status theme choose event'.split(' '));
