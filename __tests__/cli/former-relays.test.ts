/** A list of relays that changes between two releases: `update` keeps the names that left it, and `doctor` says when it has to run. */
import { doctor } from '../../src/cli/commands/doctor';
import { init } from '../../src/cli/commands/init';
import { undo } from '../../src/cli/commands/undo';
import { update } from '../../src/cli/commands/update';
import { memoryFiles } from '../../src/cli/discover/project-files';
import { relaysOfBuild } from '../../src/cli/doctor/relays';
import { withFormerRelays } from '../../src/cli/former-relays';
import { readConfig } from '../../src/runtime/core/config';
import realConfig from '../../src/lib/config.json';
import { makeProject, smallKit, typescriptApp, type TestProject } from './project';

const CONFIG = 'src/lib/config.json';
const RECORD = '.zero-backend-sync.json';
const urls = (...names: readonly string[]) => names.map((name) => `wss://${name}.example`);

// Each test makes an app and installs the kit in it.
jest.setTimeout(60_000);

let project: TestProject;
beforeEach(async () => {
  project = makeProject(typescriptApp);
  await init(project.context({ readKit: () => smallKit }), { yes: true });
});
afterEach(() => project.remove());

interface Lists {
  readonly relays: readonly string[];
  readonly formerRelays?: readonly string[];
  readonly relaysUrl?: string;
}
const config = () => JSON.parse(project.read(CONFIG)) as Lists;
const record = () => JSON.parse(project.read(RECORD)) as { readonly relays?: readonly string[] };
const release = (lists: Partial<Lists>) =>
  project.write(CONFIG, JSON.stringify({ ...config(), ...lists }, null, 2) + '\n');
const run = async () => {
  const { status, json } = await update(project.context({ readKit: () => smallKit }), { yes: true, force: true });
  expect(status).toBe(0);
  return json as { readonly done: boolean; readonly notes: readonly string[] };
};
/** Three relays that the record knows as the list of the first release. */
async function releaseFirst() {
  release({ relays: urls('a', 'b', 'c') });
  await run();
  release({ formerRelays: undefined });
  project.write(RECORD, JSON.stringify({ ...record(), relays: urls('a', 'b', 'c') }, null, 2) + '\n');
}

test('init notes the list', () => {
  expect(record().relays).toEqual(config().relays);
});

test('update moves what left the list to the former relays, notes the list, and has nothing to do then', async () => {
  await releaseFirst();
  release({ relays: urls('b', 'c', 'd') });
  const { notes } = await run();
  expect(config()).toMatchObject({ relays: urls('b', 'c', 'd'), formerRelays: urls('a') });
  expect(record().relays).toEqual(urls('b', 'c', 'd'));
  expect(notes.join()).toContain('wss://a.example left "relays"');
  expect(notes.join()).not.toContain('shares');
  const before = project.tree();
  expect(await run()).toMatchObject({ nothingToDo: true });
  expect(project.tree()).toEqual(before);
});

test('update says which lists share too little', async () => {
  await releaseFirst();
  release({ relays: urls('c', 'd', 'e') });
  expect((await run()).notes.join()).toContain('shares 1 relays with the last list');
});

test('a relay that comes back is none of the former ones', async () => {
  await releaseFirst();
  release({ relays: urls('c', 'd', 'e') });
  await run();
  release({ relays: urls('A', 'c', 'e') });
  await run();
  expect(config()).toMatchObject({ formerRelays: urls('b', 'd') });
});

test('the rest of the file stays as the app has it, and is what the engine takes', async () => {
  await releaseFirst();
  const own = project.read(CONFIG).replace('wss://a.example', 'wss://x.example').replace('"kind"', '"kind" ');
  project.write(CONFIG, own);
  await run();
  const after = project.read(CONFIG);
  expect(after.replace(/,\s*"formerRelays": \["wss:\/\/a\.example"\]/, '')).toBe(own);
  const { relays, formerRelays } = config();
  expect(readConfig({ ...realConfig, relays, formerRelays })).toMatchObject({ formerRelays: urls('a') });
});

test('a list that the template changes is moved as well; the file stays the kit’s, and undo takes it out', async () => {
  const template = smallKit.template('typescript');
  const shipped = {
    ...template,
    'config.json': template['config.json']!.replace('wss://a.example', 'wss://z.example'),
  };
  const newer = project.context({ readKit: () => ({ ...smallKit, version: '0.2.0', template: () => shipped }) });
  expect((await update(newer, { yes: true })).status).toBe(0);
  expect(config()).toMatchObject({ relays: expect.arrayContaining(urls('z')), formerRelays: urls('a') });
  expect((await update(newer, { yes: true })).json).toMatchObject({ nothingToDo: true });
  expect((await undo(newer, { yes: true })).status).toBe(0);
  expect(Object.keys(project.tree()).filter((path) => path.startsWith('src/lib'))).toEqual([]);
});

describe('doctor', () => {
  const findings = async () => {
    const { json } = await doctor(project.context({ readKit: () => smallKit }), { offline: true } as never);
    return (json as { findings: readonly { code: string; what: string }[] }).findings;
  };
  const codes = async () => (await findings()).map(({ code }) => code);

  test('says that update has to run, and that the lists share too little', async () => {
    await releaseFirst();
    expect(await codes()).not.toContain('RELAYS_LEFT');
    release({ relays: urls('b', 'c', 'd') });
    expect(await codes()).toContain('RELAYS_LEFT');
    expect(await codes()).not.toContain('RELAYS_APART');
    release({ relays: urls('c', 'd', 'e') });
    expect(await codes()).toEqual(expect.arrayContaining(['RELAYS_LEFT', 'RELAYS_APART']));
    await run();
    expect(await codes()).not.toContain('RELAYS_LEFT');
  });

  test.each<[string, object, string | null]>([
    ['a former relay that is in the list', { formerRelays: urls('a') }, 'FORMER_RELAY_INVALID'],
    ['a former relay that is none', { formerRelays: ['relay'] }, 'FORMER_RELAY_INVALID'],
    ['a hidden service', { formerRelays: ['ws://abc.onion'] }, null],
    ['a path that is none', { relaysUrl: 'https://x.example/relays.json' }, 'RELAYS_URL_INVALID'],
    ['a file that is not there', { relaysUrl: '/relays.json' }, 'RELAYS_FILE_MISSING'],
    ['a file that is right', { relaysUrl: '/good.json' }, null],
    ['a file with too few relays', { relaysUrl: '/bad.json' }, 'RELAYS_FILE_INVALID'],
  ])('looks at %s', async (_what, lists, code) => {
    await releaseFirst();
    project.write('public/good.json', JSON.stringify({ relays: urls('a', 'b', 'c') }));
    project.write('public/bad.json', JSON.stringify({ relays: urls('a', 'b') }));
    release(lists);
    const found = (await codes()).filter((each) => /^(FORMER|RELAYS?_)/.test(each));
    expect(found).toEqual(code === null ? [] : [code]);
  });

  test('names the relays that a policy leaves out', async () => {
    await releaseFirst();
    project.write(
      'public/_headers',
      "/*\n  Content-Security-Policy: connect-src wss://a.example wss://b.example wss://c.example; script-src 'self' 'wasm-unsafe-eval'\n",
    );
    expect(await codes()).not.toContain('CSP_RELAY_LEFT_OUT');
    project.write('public/good.json', JSON.stringify({ relays: urls('a', 'b', 'e') }));
    release({ formerRelays: urls('d'), relaysUrl: '/good.json' });
    const found = await findings();
    expect(found.find((each) => each.code === 'CSP_RELAY_LEFT_OUT')?.what).toMatch(
      /wss:\/\/d\.example, wss:\/\/e\.example/,
    );
    expect(found.map((each) => each.code)).toContain('CSP_RELAYS_URL');
  });
});

describe('former relays', () => {
  const textOf = (lists: Lists) => JSON.stringify(lists);
  test.each<[string, Lists, readonly string[], readonly string[] | undefined]>([
    ['none where the list is the same', { relays: urls('a', 'b') }, ['wss://A.example/', ...urls('b')], undefined],
    [
      'added behind those that are there',
      { relays: urls('b'), formerRelays: urls('x') },
      urls('a', 'b'),
      urls('x', 'a'),
    ],
    [
      'named once',
      { relays: urls('b'), formerRelays: ['wss://a.example:443'] },
      urls('a', 'b'),
      ['wss://a.example:443'],
    ],
  ])('are %s', (_what, lists, last, former) => {
    expect((JSON.parse(withFormerRelays(textOf(lists), last).text) as Lists).formerRelays).toEqual(former);
  });

  test('are as many as are followed, the last ones', () => {
    const known = Array.from({ length: 24 }, (_, index) => `wss://${index}.example`);
    const { text } = withFormerRelays(textOf({ relays: urls('b'), formerRelays: known }), urls('a', 'b'));
    expect((JSON.parse(text) as Lists).formerRelays).toEqual([...known.slice(1), 'wss://a.example']);
  });
});

test('a build may talk to its relays, to former ones, and to those of the list that it serves', () => {
  const text = JSON.stringify({ relays: urls('a', 'b'), formerRelays: urls('f'), relaysUrl: '/relays.json' });
  const files = memoryFiles({ [CONFIG]: text });
  const asked: string[] = [];
  const served = (url: string) => {
    asked.push(url);
    return JSON.stringify({ relays: ['wss://B.example/', ...urls('c', 'd')] });
  };
  expect(relaysOfBuild({ files, dir: 'src/lib' }, served)).toEqual(urls('a', 'b', 'f', 'c', 'd'));
  expect(asked).toEqual(['/relays.json']);
  expect(relaysOfBuild({ files, dir: 'src/lib' }, () => null)).toEqual(urls('a', 'b', 'f'));
});
