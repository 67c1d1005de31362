/**
 * Lint rules: strict types, no floating promises, exhaustive switches, small files, and the rooms of the code.
 * A room sees itself and what `rooms.config.ts` names behind it.
 */
import { readdirSync } from 'node:fs';
import { defineConfig } from 'eslint/config';
import importX from 'eslint-plugin-import-x';
import reactHooks from 'eslint-plugin-react-hooks';
import regexp from 'eslint-plugin-regexp';
import { createTypeScriptImportResolver } from 'eslint-import-resolver-typescript';
import tseslint from 'typescript-eslint';
import { MAY_IMPORT } from './rooms.config.ts';

const rooms = readdirSync('src', { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
const unlisted = rooms.filter((room) => !(room in MAY_IMPORT));
if (unlisted.length > 0)
  throw new Error(`Rooms without an import rule in rooms.config.ts: ${unlisted.join(', ')}`);

const zones = rooms.map((room) => ({
  target: `./src/${room}`,
  from: './src',
  except: [room, ...MAY_IMPORT[room]].map((name) => `./${name}`),
  message: `${room}/ may import only: ${MAY_IMPORT[room].join(', ') || 'nothing of ours'}`,
}));

export default defineConfig(
  { ignores: ['dist/', '.data/', 'node_modules/', 'web/src/api/generated/'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    plugins: { 'import-x': importX, regexp },
    languageOptions: { parserOptions: { projectService: true } },
    settings: { 'import-x/resolver-next': [createTypeScriptImportResolver()] },
    rules: {
      'import-x/no-restricted-paths': ['error', { zones }],
      'import-x/no-cycle': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false },
      ],
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      'max-lines': ['error', { max: 250, skipBlankLines: false, skipComments: false }],
      'max-lines-per-function': ['error', { max: 60, skipComments: true, IIFEs: false }],
      'no-console': 'error',
      // Taking members off by destructuring leaves the taken ones unused.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      // Nest declares its options as classes and takes literals.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      eqeqeq: 'error',
    },
  },
  {
    // A caller, a producer or a receiver writes what is matched here: no pattern may take more than linear time.
    files: ['src/**'],
    rules: {
      'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
      'regexp/no-super-linear-move': ['error', { report: 'potential' }],
    },
  },
  {
    files: ['src/model/**'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              group: ['@nestjs/*', 'typeorm', 'pg', 'kafkajs', 'axios', 'undici', 'node:*', '!node:crypto'],
              message: 'model/ is pure',
            },
            {
              group: ['node:crypto'],
              allowImportNames: ['hash'],
              message: 'model/ is pure: a hash is, chance is not',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['src/**'],
    ignores: ['src/model/**', '**/*.spec.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          name: 'kafkajs',
          allowTypeImports: true,
          message: 'kafka/kafkajs.ts changes kafkajs before it is loaded',
        },
      ],
    },
  },
  {
    files: ['src/**'],
    ignores: [
      'src/config/**',
      'src/main.ts',
      'src/migrate.ts',
      'src/rotate-secrets.ts',
      'src/rebuild-history.ts',
      'src/webhooks-as-code.ts',
      'src/doctor.ts',
      '**/*.spec.ts',
    ],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'config/ is the only reader of the environment' },
      ],
    },
  },
  {
    files: ['**/*.spec.ts', 'test/**'],
    rules: { 'max-lines': ['error', { max: 400 }], 'max-lines-per-function': 'off' },
  },
  {
    files: ['web/src/**'],
    extends: [reactHooks.configs.flat.recommended],
    rules: {
      // What hooks and queries return is long to write and plain to infer.
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      'max-lines-per-function': ['error', { max: 100, skipComments: true, IIFEs: false }],
    },
  },
  // The texts of the page are data.
  { files: ['web/src/texts/**'], rules: { 'max-lines': 'off' } },
  { files: ['dev/**', 'bench/**', 'test/**'], rules: { 'no-console': 'off' } },
);
