import { readFileSync } from 'node:fs';
import tseslint from 'typescript-eslint';

const noUrl = {
  selector: 'Literal[value=/^wss?:\\/\\//], TemplateElement[value.raw=/wss?:\\/\\//]',
  message: 'Relay addresses live in config.json, never in logic.',
};
const noMessageLiteral = {
  selector:
    ":matches(:not(NewExpression) > ObjectExpression > Property[key.name='type'], BinaryExpression[left.property.name='type'], SwitchStatement[discriminant.property.name='type'] > SwitchCase) > Literal[value=/^[a-z][a-z-]*$/i]",
  message: 'Messages between threads are enums, never string literals.',
};

/** Which folder of src/runtime may import which: one list for the editor and for __tests__/runtime/imports.test.ts. */
const { zones, namesRxdb } = JSON.parse(readFileSync(new URL('import-zones.json', import.meta.url), 'utf8'));

const importsOfZone = (zone, mayNameRxdb) => {
  const others = Object.keys(zones).filter((other) => other !== zone && !zones[zone].includes(other));
  const forbidden = [
    {
      regex: `^(\\.\\./)+(${[...others, 'lib', 'demo', 'preset', 'cli'].join('|')})/`,
      message: `${zone} may not import it.`,
    },
    { regex: '^zero-backend-sync(/|$)', message: 'The runtime does not import itself by its public names.' },
    { regex: '^(rxdb|dexie)(/|$)', message: `Only ${namesRxdb.join(', ')} may name RxDB.` },
  ];
  const patterns = mayNameRxdb ? forbidden.slice(0, 2) : forbidden;
  return { 'no-restricted-imports': ['error', { patterns }] };
};

const importRules = [
  ...Object.keys(zones).map((zone) => ({
    files: [`src/runtime/${zone}/**/*.{ts,tsx}`],
    rules: importsOfZone(zone, false),
  })),
  ...namesRxdb.map((place) => ({
    files: [`src/runtime/${place}/**/*.{ts,tsx}`],
    rules: importsOfZone(place.split('/')[0], true),
  })),
  {
    files: ['src/lib/**/*.{ts,tsx}', 'src/demo/**/*.{ts,tsx}'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ regex: '(^|/)runtime/', message: 'Import the public entries, zero-backend-sync/...' }] },
      ],
    },
  },
];

export default tseslint.config(
  {
    ignores: [
      'dist',
      'build',
      'node_modules',
      'coverage',
      '__tests__/**/*.asm.ts',
      'assembly',
      '**/*.js',
      '**/*.cjs',
      'public',
      'types',
      'src/react-app-env.d.ts',
    ],
  },
  ...tseslint.configs.recommended,
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['src/{lib,runtime}/**/*.{ts,tsx}'],
    rules: {
      'no-console': 'error',
      'no-restricted-globals': [
        'error',
        { name: 'localStorage', message: 'Synced data lives in IndexedDB.' },
        { name: 'sessionStorage', message: 'Synced data lives in IndexedDB.' },
      ],
      'no-restricted-properties': [
        'error',
        { object: 'window', property: 'localStorage' },
        { object: 'globalThis', property: 'localStorage' },
        { object: 'self', property: 'localStorage' },
      ],
      'no-restricted-syntax': ['error', noUrl],
    },
  },
  {
    files: ['src/lib/engine.ts', 'src/lib/storage.ts', 'src/lib/worker/**/*.ts', 'src/runtime/**/*.{ts,tsx}'],
    ignores: ['src/lib/schema.ts'],
    rules: { 'no-restricted-syntax': ['error', noUrl, noMessageLiteral] },
  },
  ...importRules,
);
