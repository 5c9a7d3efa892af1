import tseslint from 'typescript-eslint';

const noUrl = {
  selector: 'Literal[value=/^wss?:\\/\\//], TemplateElement[value.raw=/wss?:\\/\\//]',
  message: 'Relay addresses live in config.json, never in logic.',
};
const noMessageLiteral = {
  selector:
    ":matches(Property[key.name='type'], BinaryExpression[left.property.name='type'], SwitchStatement[discriminant.property.name='type'] > SwitchCase) > Literal[value=/^[a-z][a-z-]*$/i]",
  message: 'Messages between threads are enums (types.ts), never string literals.',
};

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
    files: ['src/lib/**/*.ts', 'src/lib/**/*.tsx'],
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
    files: ['src/lib/engine.ts', 'src/lib/storage.ts', 'src/lib/worker/**/*.ts'],
    ignores: ['src/lib/schema.ts'],
    rules: { 'no-restricted-syntax': ['error', noUrl, noMessageLiteral] },
  },
);
