/** @jest-environment jsdom */
/** The snippets of docs/react.md as a reader would paste them: type-checked, and run. */
import '../../src/preset/jest/setup';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import type { ComponentType } from 'react';
import * as ts from 'typescript';
import { SyncEngine } from '../../src/lib/engine';
import type { Note } from '../../src/lib/schema';
import { inProcessWorkers } from '../support/in-process';
import { snippetsOf } from '../support/snippets';

const root = path.join(__dirname, '../..');
/** Inside of the repository, where modules are found. */
const folder = mkdtempSync(path.join(root, '.snippets-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const snippets = snippetsOf('react.md', 'react');
const snippetsInJavaScript = snippetsOf('react.md', 'react-js');

/** The app of a reader: the snippets, and the template beside them. */
function writeApp(name: string, files: typeof snippets): string {
  const app = path.join(folder, name);
  for (const { file, text } of files) {
    mkdirSync(path.dirname(path.join(app, file)), { recursive: true });
    writeFileSync(path.join(app, file), text);
  }
  for (const module of ['react', 'types', 'schema', 'worker/index']) {
    const place = path.join(app, 'src/lib', `${module}.ts`);
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(
      place,
      `export * from '${path.relative(path.dirname(place), path.join(root, 'src/lib', module))}';\n`,
    );
  }
  return path.join(app, 'src');
}

const inTypeScript = writeApp('typescript', snippets);
// What has no types is the same in both languages, so it stands once.
const isOfBoth = ({ file }: (typeof snippets)[number]) => !/src\/(App|move)\.tsx?$/.test(file);
const inJavaScript = writeApp('javascript', [...snippets.filter(isOfBoth), ...snippetsInJavaScript]);

/* eslint-disable @typescript-eslint/no-require-imports -- the files were written a moment ago */
const load = (source: string) => ({
  ...(require(path.join(source, 'App')) as {
    App: ComponentType<{ user: { id: string } | null | undefined; say: (message: string) => void }>;
  }),
  ...(require(path.join(source, 'move')) as { orderBetween(before?: Note, after?: Note): number }),
});

test('the snippets are without an error of types', () => {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.test.json'), ts.sys.readFile) as { config: object };
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  const files = snippets.map(({ file }) => path.join(path.dirname(inTypeScript), file));
  const program = ts.createProgram(files, { ...options, noEmit: true, skipLibCheck: true });
  const errors = files.flatMap((file) => {
    const source = program.getSourceFile(file)!;
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText }) => `${path.basename(file)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
    );
  });
  expect(errors).toEqual([]);
}, 300_000);

describe.each([
  ['TypeScript', inTypeScript],
  ['JavaScript', inJavaScript],
])('the app in %s', (_language, source) => {
  const { App, orderBetween } = load(source);
  const openReal = SyncEngine.open.bind(SyncEngine);

  beforeAll(() => Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false }));
  afterEach(cleanup);

  test('shows what its reader is told', async () => {
    const createWorker = inProcessWorkers();
    const open = jest
      .spyOn(SyncEngine, 'open')
      .mockImplementation((options) => openReal({ ...options, relays: [], createWorker }));
    const said: string[] = [];
    const show = (user: { id: string } | null | undefined) => <App user={user} say={(message) => said.push(message)} />;
    const { rerender } = render(show(undefined));
    expect(screen.getByText('One moment ...')).toBeTruthy();
    expect(open).not.toHaveBeenCalled();

    // A guest writes.
    rerender(show(null));
    const limit = { timeout: 10_000 };
    fireEvent.change(await screen.findByLabelText('New task', undefined, limit), { target: { value: 'Milk' } });
    fireEvent.click(screen.getByText('Add'));
    const input = await screen.findByDisplayValue<HTMLInputElement>('Milk');
    await waitFor(() => expect(screen.getByText(/waiting/)).toBeTruthy());

    // What is typed shows in the same frame; what the schema refuses is taken back, and told.
    fireEvent.change(input, { target: { value: 'Milk and tea' } });
    expect(input.value).toBe('Milk and tea');
    fireEvent.change(input, { target: { value: 'x'.repeat(201) } });
    await waitFor(() => expect(said).toHaveLength(1));
    expect(input.value).toBe('Milk and tea');

    // The guest's becomes the user's.
    rerender(show({ id: 'user-1' }));
    expect(screen.getByText('One moment ...')).toBeTruthy();
    await screen.findByDisplayValue('Milk and tea', undefined, limit);

    fireEvent.click(screen.getByText('Done'));
    await waitFor(() => expect(screen.queryByDisplayValue('Milk and tea')).toBeNull());
    await waitFor(() => expect(document.title).toBe('Done'));
    fireEvent.click(screen.getByText('Delete what is done'));
    open.mockRestore();
  }, 60_000);

  test('finds an order between two', () => {
    const at = (order: number) => ({ order }) as Note;
    expect(orderBetween(at(10), at(20))).toBe(15);
    expect(orderBetween(undefined, at(20))).toBeLessThan(20);
    expect(orderBetween(at(10), undefined)).toBeGreaterThan(10);
  });
});

describe('the test that it shows', () => {
  afterEach(cleanup);
  require(path.join(inTypeScript, 'App.test'));
});
