/** The edits that put the provider into an app: exact, so that a program can make them, and right, so that the app compiles and no user is guessed. */
import { parse } from '@babel/parser';
import { discover } from '../../src/cli/discover/facts';
import { examineChoice } from '../../src/cli/discover/identity-choice';
import { memoryFiles } from '../../src/cli/discover/project-files';
import type { NextEdit, NextStep } from '../../src/cli/next';
import { providerSteps } from '../../src/cli/plan/provider-edit';
import { expressionsOf } from '../../src/cli/answers';
import { proposedAnswers } from '../../src/cli/questions';
import { applyEdits } from '../support/next-edits';
import { typescriptApp } from './project';

function stepsFor(texts: Readonly<Record<string, string>>): readonly NextStep[] {
  const files = memoryFiles({ ...typescriptApp, ...texts });
  const facts = discover(files, null);
  const { identity } = proposedAnswers(facts, {});
  return providerSteps(files, 'src/lib', examineChoice(files, facts.identity, expressionsOf(identity)), 'react');
}

function edited(texts: Readonly<Record<string, string>>): string {
  const edits = stepsFor(texts).filter((step): step is NextEdit => step.kind === 'edit');
  const [first] = edits;
  if (first === undefined) return '';
  const text = applyEdits(texts[first.file] ?? '', edits);
  parse(text, { sourceType: 'module', plugins: ['typescript', 'jsx'] });
  return text;
}

const imports = `import { useAuth } from './auth';\n`;
const auth = { 'src/auth.ts': `export const useAuth = () => ({ user: { id: '1' } });` };

test.each<[name: string, code: string, expected: string]>([
  [
    'around what a component returns in parentheses',
    `${imports}export default function App() {\n  const { user } = useAuth();\n  return (\n    <main>\n      <p>{user.id}</p>\n    </main>\n  );\n}\n`,
    `${imports}import { SyncProvider } from './lib/react';\nexport default function App() {\n  const { user } = useAuth();\n  return (\n    <SyncProvider identity={user && [user.id]}>\n      <main>\n        <p>{user.id}</p>\n      </main>\n    </SyncProvider>\n  );\n}\n`,
  ],
  [
    'around what it returns in one line, behind a return that is early',
    `${imports}export const App = () => {\n  const { user } = useAuth();\n  if (!user) return <Login />;\n  return <p>{user.id}</p>;\n};\n`,
    `${imports}import { SyncProvider } from './lib/react';\nexport const App = () => {\n  const { user } = useAuth();\n  if (!user) return <Login />;\n  return (\n    <SyncProvider identity={user && [user.id]}>\n      <p>{user.id}</p>\n    </SyncProvider>\n  );\n};\n`,
  ],
  [
    'with the quotes and the ends of the lines that the file has, and its tabs',
    `import { useAuth } from "./auth"\nexport function App() {\n\tconst { user } = useAuth()\n\treturn <p>{user?.id}</p>\n}\n`,
    `import { useAuth } from "./auth"\nimport { SyncProvider } from "./lib/react"\nexport function App() {\n\tconst { user } = useAuth()\n\treturn (\n\t\t<SyncProvider identity={user && [user.id]}>\n\t\t\t<p>{user?.id}</p>\n\t\t</SyncProvider>\n\t)\n}\n`,
  ],
  [
    'for an identifier that is a name of its own',
    `${imports}export function App() {\n  const userId = useAuth().user.id;\n  return <p>{userId}</p>;\n}\n`,
    `${imports}import { SyncProvider } from './lib/react';\nexport function App() {\n  const userId = useAuth().user.id;\n  return (\n    <SyncProvider identity={userId != null ? [userId] : null}>\n      <p>{userId}</p>\n    </SyncProvider>\n  );\n}\n`,
  ],
  [
    'with Windows line ends, which stay, and empty lines without spaces',
    `import { useAuth } from './auth';\r\nexport function App() {\r\n  const { user } = useAuth();\r\n  return (\r\n    <main>\r\n\r\n      <p>{user.id}</p>\r\n    </main>\r\n  );\r\n}\r\n`,
    `import { useAuth } from './auth';\r\nimport { SyncProvider } from './lib/react';\r\nexport function App() {\r\n  const { user } = useAuth();\r\n  return (\r\n    <SyncProvider identity={user && [user.id]}>\r\n      <main>\r\n\r\n        <p>{user.id}</p>\r\n      </main>\r\n    </SyncProvider>\r\n  );\r\n}\r\n`,
  ],
])('%s', (_name, code, expected) => {
  expect(edited({ ...auth, 'src/App.tsx': code })).toBe(expected);
});

test('a hook is called at the beginning of the topmost component, and imported', () => {
  const slice = `import { createSlice } from '@reduxjs/toolkit';\nconst initialState: { user: { id: string } | null } = { user: null };\nexport const session = createSlice({ name: 'session', initialState, reducers: { signedIn(state, action) { state.user = action.payload; } } });\n`;
  const app = `import Page from './Page';\n\nfunction App() {\n  const page = 1;\n  if (page > 1) return null;\n  return <Page page={page} />;\n}\n\nexport default App;\n`;
  const text = edited({ 'src/session.ts': slice, 'src/App.tsx': app });
  expect(text).toMatch(/import \{ useSelector \} from 'react-redux';/);
  expect(text).toMatch(
    /function App\(\) \{\n {2}const userPart = useSelector\(.*session\.user\?\.id\);\n {2}const page = 1;/,
  );
  expect(text).toContain('<SyncProvider identity={userPart != null ? [userPart] : null}>');
  // A selector in TypeScript says what its state is, where the app has no name for it as well.
  expect(text).toContain('useSelector((state: any) =>');
  const store = { 'src/app/store.ts': `export type RootState = ReturnType<typeof store.getState>;\n` };
  const typed = edited({ 'src/session.ts': slice, 'src/App.tsx': app, ...store });
  expect(typed).toContain('useSelector((state: RootState) =>');
  expect(typed).toContain(`import { RootState } from './app/store';`);
});

test.each<[name: string, texts: Readonly<Record<string, string>>, says: RegExp]>([
  [
    'where it returns something else',
    {
      'src/App.tsx': `${imports}export function App() {\n  const { user } = useAuth();\n  return render(user.id);\n}\n`,
    },
    /render the provider around/,
  ],
  [
    'where only a part of the page knows the user',
    {
      'src/App.tsx': '',
      'src/Profile.tsx': `${imports}export function Profile() {\n  const { user } = useAuth();\n  return <p>{user.id}</p>;\n}\n`,
    },
    /as far up as the user is known/,
  ],
  [
    'where no component knows the user',
    { 'src/App.tsx': '', 'src/account.ts': `export const idOf = (user) => user.id;` },
    /render the provider around/,
  ],
])('%s it is left to a person, with the code', (_name, texts, says) => {
  expect(stepsFor({ ...auth, ...texts })).toEqual([
    expect.objectContaining({
      kind: 'by-hand',
      what: expect.stringMatching(says),
      code: expect.stringContaining('<SyncProvider identity={'),
    }),
  ]);
});

test('an app that opens an engine is told nothing', () => {
  expect(
    stepsFor({ ...auth, 'src/App.tsx': `${imports}export const A = () => <SyncProvider identity={null} />;` }),
  ).toEqual([]);
});
