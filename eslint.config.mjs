import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';
import prettier from 'eslint-config-prettier';

export default tseslint.config(
  // These take the client and the package from the build; a build of their own checks their types.
  {
    ignores: [
      ...['dist', 'coverage', 'node_modules', '**/*.mjs', '**/*.js', '**/*.cjs'],
      ...['examples/*/dist', 'examples/*/node_modules', 'examples/spa/src', 'examples/nest/src'],
    ],
  },
  eslint.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-assertions': [
        'error',
        { assertionStyle: 'as', objectLiteralTypeAssertions: 'never' },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 5],
      'no-console': 'error',
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only src/config reads the environment.' },
        { object: 'Date', property: 'now', message: 'Take the time from the injected Clock.' },
      ],
    },
  },
  {
    // The types of Preact bring those of browsers with them, whose globals do not exist here.
    files: ['src/**'],
    ignores: ['src/web/client/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...[
          'window',
          'document',
          'location',
          'navigator',
          'self',
          'top',
          'parent',
          'history',
          'screen',
          'origin',
        ],
        ...['name', 'event', 'status', 'length', 'find', 'open', 'close', 'stop', 'print', 'focus', 'alert'],
        ...['localStorage', 'sessionStorage', 'indexedDB', 'XMLHttpRequest', 'requestAnimationFrame'],
      ],
    },
  },
  {
    // Programs of their own, which have no settings of ours and talk to a terminal.
    files: ['examples/**'],
    rules: { 'no-restricted-properties': 'off', 'no-console': 'off' },
  },
  { files: ['src/config/**', 'src/common/clock.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    files: ['test/**', '**/*.spec.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'no-restricted-properties': 'off',
      'no-console': 'off',
    },
  },
  prettier,
);
