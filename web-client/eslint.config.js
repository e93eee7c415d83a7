import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import globals from 'globals';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom (DESIGN: screens -> components -> hooks -> conductor -> protocol | rtc | classroom).
 * `values`: rooms whose code may be imported. Every room may import *types* from the rooms in `types`: a type is
 * vocabulary and leaves nothing in the built page.
 */
const ROOMS = {
  protocol: { values: [], types: [], react: false },
  rtc: { values: [], types: ['protocol'], react: false },
  classroom: { values: [], types: ['protocol'], react: false },
  conductor: { values: ['protocol', 'rtc', 'classroom'], types: [], react: false },
  i18n: { values: [], types: [], react: true },
  hooks: { values: ['conductor', 'i18n'], types: ['protocol', 'rtc', 'classroom'], react: true },
  components: { values: ['hooks', 'i18n'], types: ['conductor', 'protocol', 'rtc', 'classroom'], react: true },
  screens: { values: ['components', 'hooks', 'i18n'], types: ['conductor', 'protocol', 'rtc', 'classroom'], react: true },
};

const REACT = '^(react|react-dom|react-i18next|i18next|@mantine)(/|$)';

function boundaries(room) {
  const { values, types, react } = ROOMS[room];
  const others = Object.keys(ROOMS).filter((name) => name !== room && !values.includes(name));
  const never = others.filter((name) => !types.includes(name));
  const patterns = [
    { regex: '^\\.\\./', message: 'Inside a room import with ./, from another room with @/room/file.' },
    { regex: `^@/${room}(/|$)`, message: 'Inside a room import with ./' },
    { regex: '^@/[^/]+$', message: 'Only main.tsx stands above the rooms.' },
  ];
  if (never.length > 0) {
    patterns.push({ regex: `^@/(${never.join('|')})/`, message: `${room} must not know this room (see ROOMS).` });
  }
  if (types.length > 0) {
    patterns.push({
      regex: `^@/(${types.join('|')})/`,
      allowTypeImports: true,
      message: `${room} may import only types from here (see ROOMS).`,
    });
  }
  if (!react) patterns.push({ regex: REACT, message: `${room} knows no React.` });
  return {
    files: [`src/${room}/**/*.{ts,tsx}`],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] },
  };
}

export default tseslint.config(
  { ignores: ['dist', 'node_modules'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    files: ['**/*.{ts,tsx}'],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { 'react-hooks': reactHooks },
    rules: {
      ...reactHooks.configs.recommended.rules,
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-console': 'error',
      'no-eval': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']", message: 'Text is text.' },
      ],
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
    },
  },
  ...Object.keys(ROOMS).map(boundaries),
  { files: ['**/*.js'], ...tseslint.configs.disableTypeChecked },
  { files: ['**/*.js'], languageOptions: { globals: globals.node } },
);
