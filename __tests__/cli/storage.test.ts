import { memoryFiles } from '../../src/cli/discover/project-files';
import { discoverStorage, storageLayers } from '../../src/cli/discover/storage';

const find = (code: string, dependencies: object = {}) =>
  discoverStorage(memoryFiles({ 'package.json': JSON.stringify({ dependencies }, null, 2), 'src/App.tsx': code }));

test.each<[name: string, code: string, dependencies: object, found: string | null, why: RegExp]>([
  [
    'a list in a component',
    `const [items, setItems] = useState([]);`,
    {},
    'lists that components hold: items',
    /lists/,
  ],
  [
    'lists that say how a component looks at the moment',
    `const [errors, setErrors] = useState([]); const [selectedIds] = useState([]);`,
    {},
    null,
    /live queries/,
  ],
  [
    'a list in a slice',
    `createSlice({ name: 'todos', initialState: { items: [], filter: 'all' } });`,
    {},
    'the list items in the slice "todos"',
    /lists/,
  ],
  ['an entity adapter', `const adapter = createEntityAdapter();`, {}, 'a list in a store', /lists/],
  [
    'nested state',
    `const initialState = { ui: { theme: 'dark' } };`,
    {},
    'nested objects (ui) in a store',
    /field by field/,
  ],
  [
    'a slice whose state has a name and begins with what was saved',
    `const start: State = { items: saved ? JSON.parse(saved) : [], tags: [] } as State; createSlice({ name: 'todos', initialState: start });`,
    {},
    'the lists items, tags in the slice "todos"',
    /lists/,
  ],
  [
    'a store of Zustand',
    `create<S>()(persist((set) => ({ notes: [] }), {}));`,
    {},
    'the list notes in a store',
    /lists/,
  ],
  ['an atom', `const notesAtom = atom<Note[]>([]);`, {}, 'the list notesAtom in an atom', /lists/],
  [
    'an observable class',
    `class Notes { notes = []; constructor() { makeAutoObservable(this); } }`,
    {},
    'the list notes in the store Notes',
    /lists/,
  ],
  [
    'a context',
    `const C = createContext(null); export function P() { const [notes, setNotes] = useState(() => []); return null; }`,
    {},
    'the list notes in a context',
    /lists/,
  ],
  [
    'a context whose list has a type and is restored',
    `const C = createContext(null); export function P() { const [todos] = useState<Todo[]>(() => JSON.parse(saved)); }`,
    {},
    'the list todos in a context',
    /lists/,
  ],
  [
    'only data, where there is some',
    `const [items] = useState([]); localStorage.setItem('theme', theme);`,
    {},
    'localStorage "theme"',
    /localStorage/,
  ],
  ['localStorage', `localStorage.setItem('theme', theme);`, {}, 'localStorage "theme"', /localStorage/],
  ['PouchDB', ``, { pouchdb: '8.0.0' }, 'PouchDB', /PouchDB documents/],
  ['Dexie', ``, { dexie: '4.0.0' }, 'Dexie', /IndexedDB already/],
  ['RxDB', ``, { rxdb: '17.0.0' }, 'RxDB', /already uses RxDB/],
  ['a counter', `const [count, setCount] = useState(0);`, {}, null, /live queries/],
  ['an empty app', ``, {}, null, /live queries/],
])('%s', (_name, code, dependencies, found, why) => {
  const facts = find(code, dependencies);
  expect(facts.findings.map(({ what }) => what)).toEqual(found === null ? [] : [found]);
  expect(facts.recommended).toBe('rxdb');
  expect(facts.why).toMatch(why);
});

test('lists that components hold are one finding, however many there are', () => {
  const files = Object.fromEntries(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [`src/${name}.jsx`, `const [${name}s] = useState([]);`]),
  );
  expect(discoverStorage(memoryFiles({ 'package.json': '{}', ...files })).findings).toEqual([
    { what: 'lists that components hold: as, bs, cs, ds and 2 more', evidence: expect.objectContaining({ line: 1 }) },
  ]);
});

test('a finding names its file and line', () => {
  expect(find(`\nconst [items] = useState([]);`).findings[0]?.evidence).toMatchObject({ file: 'src/App.tsx', line: 2 });
});

test('the layers stand in their order of priority, and the first one is available', () => {
  expect(storageLayers.map(({ layer, available }) => [layer, available])).toEqual([
    ['rxdb', true],
    ['nosql', false],
    ['file', false],
  ]);
});

describe('a key of localStorage is found by its value', () => {
  const keysIn = (files: Readonly<Record<string, string>>) =>
    discoverStorage(memoryFiles({ 'package.json': '{}', ...files })).findings.map(({ what }) => what);

  test.each<[name: string, expected: readonly string[], files: Readonly<Record<string, string>>]>([
    [
      "through a hook of the app's own",
      ['localStorage "tasks"'],
      {
        'src/hooks/useLocalStorage.js': `export function useLocalStorage(key, initial) { const [value, setValue] = useState(); useEffect(() => localStorage.setItem(key, JSON.stringify(value)), [value]); return [value, setValue]; }`,
        'src/App.js': `import { useLocalStorage } from './hooks/useLocalStorage'; export const App = () => useLocalStorage('tasks', null);`,
      },
    ],
    [
      'through a hook of a hook, and a helper whose key comes second',
      ['localStorage "tasks"', 'localStorage "theme"'],
      {
        'src/storage.js': `export const save = (value, key = 'x') => window.localStorage.setItem(key, value); export const useSaved = (name) => useEffect(() => save(1, name));`,
        'src/App.js': `import { save, useSaved } from './storage'; export const App = () => { useSaved('tasks'); save(theme, 'theme'); };`,
      },
    ],
    [
      'through a hook of a package',
      ['localStorage "tasks"'],
      {
        'src/App.js': `import { useLocalStorage } from 'usehooks-ts'; export const App = () => useLocalStorage('tasks', null);`,
      },
    ],
    [
      'of a constant in another file',
      ['localStorage "app:tasks"'],
      {
        'src/keys.js': `const prefix = 'app'; export const KEYS = { tasks: \`\${prefix}:tasks\` };`,
        'src/App.js': `import { KEYS } from './keys'; localStorage.setItem(KEYS.tasks, x);`,
      },
    ],
    ['of a property', ['localStorage "tasks"'], { 'src/App.js': `localStorage.tasks = JSON.stringify(x);` }],
    [
      'with all the others of one file',
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((key) => `localStorage "${key}"`),
      {
        'src/App.js': ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'a']
          .map((key) => `localStorage.setItem('${key}', x);`)
          .join('\n'),
      },
    ],
    [
      'or without one where it is made at run time',
      ['localStorage'],
      { 'src/App.js': `for (const id of ids) localStorage.setItem(id, x);` },
    ],
    ['and not by what is only read', [], { 'src/App.js': `const x = localStorage.getItem('tasks');` }],
    [
      'and not in a hook that nothing calls',
      [],
      { 'src/a.js': `export const useIt = (key) => localStorage.setItem(key, 1);` },
    ],
  ])('%s', (_name, expected, files) => {
    expect(keysIn(files)).toEqual(expected);
  });
});
