import { init } from '../../src/cli/commands/init';
import { makeProject, typescriptApp, type TestProject } from './project';

let project: TestProject;
afterEach(() => project.remove());

async function planOf(source: string): Promise<readonly string[]> {
  project = makeProject({ ...typescriptApp, 'src/todos.ts': source });
  const { json } = await init(project.context(), { yes: true, dryRun: true });
  return (json as { readonly plan: { readonly notes: readonly string[] } }).plan.notes;
}

test('the plan names every key of localStorage with its place, and the chapter about what users have there', async () => {
  const notes = await planOf(`localStorage.setItem('todos', '[]');\nlocalStorage.setItem('theme', 'dark');\n`);
  const note = notes.find((text) => text.startsWith('localStorage holds'));
  expect(note).toContain('"todos" (src/todos.ts:1), "theme" (src/todos.ts:2)');
  expect(note).toContain('docs/existing-state.md');
});

test('and says nothing of it where there is none', async () => {
  expect((await planOf('export {};\n')).join()).not.toContain('localStorage');
});
