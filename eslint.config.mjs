import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

const scope = '@huma-poweroffice';
const models = ['domain:huma', 'domain:poweroffice'];

/** Who may import whom. `testing` and `tool` are for specs only: they are added in the second use of the rule. */
const boundaries = (forSpecs) => {
  const extra = forSpecs ? ['type:testing', 'type:tool'] : [];
  const only = (sourceTag, ...tags) => ({ sourceTag, onlyDependOnLibsWithTags: [...tags, ...extra] });
  return {
    allow: [],
    enforceBuildableLibDependency: true,
    banTransitiveDependencies: true,
    // Jest loads its global set-up by Node itself: it imports what it has just built.
    checkDynamicDependenciesExceptions: [`${scope}/stack`],
    depConstraints: [
      only('type:contracts', 'type:none'),
      only('domain:huma', 'type:none'),
      only('domain:poweroffice', 'type:none'),
      only('type:rules', ...models),
      only('type:platform', 'type:none'),
      only('type:kafka', 'type:none'),
      only('type:messaging', 'type:contracts', 'type:kafka', 'type:platform'),
      only('type:service', 'type:contracts', 'type:messaging', 'type:platform', 'type:rules', ...models),
      only('type:simulator', 'type:contracts', 'type:kafka'),
      { sourceTag: 'type:tool', onlyDependOnLibsWithTags: ['type:contracts', 'type:kafka', 'type:tool', ...extra] },
      {
        sourceTag: 'type:testing',
        onlyDependOnLibsWithTags: ['type:contracts', 'type:kafka', 'type:tool', 'type:testing'],
      },
      { sourceTag: 'type:e2e', onlyDependOnLibsWithTags: ['type:contracts', 'type:tool', 'type:testing'] },
    ],
  };
};

const forbidden = [
  { selector: 'TSEnumDeclaration', message: 'Use a constant object (`as const`).' },
  { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
  {
    selector: "MemberExpression[property.name='pathname'] > NewExpression[callee.name='URL']:has(MetaProperty)",
    message: 'The path of a URL is percent-encoded: use `import.meta.dirname` or `fileURLToPath`.',
  },
];
const impure = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0], CallExpression[callee.name='Date']",
    message: 'Time comes in as an argument.',
  },
];

export default tseslint.config(
  { ignores: ['**/dist', '**/out-tsc', '**/node_modules', '.nx', '.stack', '**/generated'] },
  ...tseslint.configs.strict,
  ...tseslint.configs.stylistic,
  prettier,
  {
    files: ['**/*.ts'],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: false } },
    rules: {
      '@nx/enforce-module-boundaries': ['error', boundaries(false)],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'interface'],
      'no-restricted-syntax': ['error', ...forbidden],
      eqeqeq: 'error',
    },
  },
  {
    files: ['libs/{huma,poweroffice,sync-rules,contracts}/src/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/client/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: ['node:*', '@nestjs/*', '**/client/*', `${scope}/*/client`, 'pg', 'typeorm', 'kafkajs'] },
      ],
      'no-restricted-globals': [
        'error',
        ...['fetch', 'process', 'setTimeout', 'setInterval', 'console', 'crypto', 'performance'],
      ],
      'no-restricted-syntax': ['error', ...forbidden, ...impure],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Time comes in as an argument.' },
        { object: 'Math', property: 'random', message: 'Chance comes in as an argument.' },
      ],
    },
  },
  {
    files: ['{apps,tools}/*/src/**/*.ts', 'libs/{messaging,testing}/src/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        { paths: [{ name: 'kafkajs', message: `Use ${scope}/kafkajs.`, allowTypeImports: true }] },
      ],
    },
  },
  // A module that exports a default can only be described as it is.
  { files: ['**/*.d.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['**/*.spec.ts', '**/test/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': ['error', boundaries(true)],
      '@typescript-eslint/no-non-null-assertion': 'off',
      'no-restricted-imports': 'off',
    },
  },
);
