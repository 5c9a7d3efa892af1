import { memoryFiles } from '../../src/cli/discover/project-files';
import { discoverStorage, storageLayers } from '../../src/cli/discover/storage';

const find = (code: string, dependencies: object = {}) =>
  discoverStorage(memoryFiles({ 'package.json': JSON.stringify({ dependencies }, null, 2), 'src/App.tsx': code }));

test.each<[name: string, code: string, dependencies: object, found: string | null, why: RegExp]>([
  [
    'a list in a component',
    `const [items, setItems] = useState([]);`,
    {},
    'a list in the state of a component',
    /lists/,
  ],
  [
    'a list in a slice',
    `createSlice({ name: 'todos', initialState: { items: [], filter: 'all' } });`,
    {},
    'a list in a store',
    /lists/,
  ],
  ['an entity adapter', `const adapter = createEntityAdapter();`, {}, 'a list in a store', /lists/],
  [
    'nested state',
    `const initialState = { ui: { theme: 'dark' } };`,
    {},
    'nested objects in a store',
    /field by field/,
  ],
  ['localStorage', `localStorage.setItem('theme', theme);`, {}, 'localStorage', /localStorage/],
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
