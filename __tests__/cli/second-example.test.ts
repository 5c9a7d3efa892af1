/** `init --example` again, and `update` after it: what the first run has bound stays, and nothing else is carried. */
import { init } from '../../src/cli/commands/init';
import { update } from '../../src/cli/commands/update';
import type { TemplateForm } from '../../src/cli/template';
import { makeProject, smallKit, smallTemplate, typescriptApp, type TestProject } from './project';

const example = { yes: true, identity: 'user.id', example: true, skipBuild: true } as const;
const store = `import { create } from 'zustand';\nexport const useNotes = create(() => ({ tasks: [{ id: "a", text: "b" }] }));\n`;
let project: TestProject;
afterEach(() => project.remove());

test.each<[name: string, more: Readonly<Record<string, string>>, file: string]>([
  ['that is bound', { 'src/store.ts': store }, 'src/SyncedTasks.tsx'],
  ['of the kit', {}, 'src/SyncedTheme.tsx'],
])('a second example beside one %s is not written, and that is said', async (_name, more, file) => {
  project = makeProject({ ...typescriptApp, ...more });
  await init(project.context(), example);
  project.read(file);
  const before = project.tree();
  const context = project.context();
  expect(await init(context, example)).toMatchObject({ status: 0, json: { nothingToDo: true } });
  expect(context.printed.join('\n')).toContain(`${file} is the example of an earlier run`);
  expect(project.tree()).toEqual(before);
});

test('the example of the kit is written only where the schema has its collection', async () => {
  project = makeProject(typescriptApp);
  await init(project.context(), { ...example, example: false });
  project.write('src/lib/schema.ts', 'export const collections = {};\n');
  const context = project.context();
  await init(context, example);
  expect(project.tree()).not.toHaveProperty('src/SyncedTheme.tsx');
  expect(context.printed.join('\n')).toContain('needs the collection preferences');
});

const withSchema = (schema: string) => ({
  ...smallKit,
  version: '0.2.0',
  template: (form: TemplateForm) => ({ ...smallTemplate(form), 'schema.ts': schema }),
});

test('a sample that a newer template has no more is not carried into it, and what is bound is', async () => {
  project = makeProject({ ...typescriptApp, 'src/store.ts': store });
  await init(project.context(), example);
  const newer = `import { defineCollection } from 'zero-backend-sync/core';\nconst preferences = defineCollection({ schema: {} });\nexport const collections = { preferences };\n`;
  await update(project.context({ readKit: () => withSchema(newer) }), { yes: true });
  const schema = project.read('src/lib/schema.ts');
  expect(schema).toContain('export const collections = { preferences, tasks };');
  expect(schema).not.toContain('const notes');
});

test.each([
  ['has one of that name', 'const tasks = 1;\nexport const collections = { tasks };\n'],
  ['is made in another way', 'export const collections = Object.freeze({});\n'],
])('what is bound and cannot be carried, because the newer template %s, is named', async (_name, newer) => {
  project = makeProject({ ...typescriptApp, 'src/store.ts': store });
  await init(project.context(), example);
  const context = project.context({ readKit: () => withSchema(newer) });
  await update(context, { dryRun: true });
  expect(context.printed.join('\n')).toContain('The collection tasks, which "init" has described');
});
