/** `migrate`: an app with the kit under Create React App whose tool is Vite or Rsbuild now, or will be. */
import { rmSync } from 'node:fs';
import { init } from '../../src/cli/commands/init';
import { migrate, type MigrateOptions } from '../../src/cli/commands/migrate';
import { runDoctor } from '../../src/cli/doctor';
import { undo } from '../../src/cli/commands/undo';
import { update } from '../../src/cli/commands/update';
import type { CommandContext } from '../../src/cli/commands/context';
import { readRecord } from '../../src/cli/installation-record';
import { diskFiles } from '../../src/cli/discover/project-files';
import { saltLine } from '../../src/cli/salt';
import { craPackageJson, javascriptApp, makeProject, smallKit, typescriptApp, type TestProject } from './project';

jest.setTimeout(60_000);

let project: TestProject;
afterEach(() => project.remove());

const yes: MigrateOptions = { yes: true };

type Fields = Record<string, Record<string, string>>;

function editPackageJson(change: (fields: Fields) => void): void {
  const fields = JSON.parse(project.read('package.json')) as Fields;
  change(fields);
  project.write('package.json', `${JSON.stringify(fields, null, 2)}\n`);
}

const viteConfig = `import { defineConfig } from 'vite';
import react from '@vitejs/plugin-react';

export default defineConfig({
  plugins: [react()],
});
`;
const viteTsconfig = `{
  "compilerOptions": {
    "target": "es2022",
    "moduleResolution": "bundler",
    "erasableSyntaxOnly": true
  },
  "include": ["src"]
}
`;
const rsbuildConfig = `import { defineConfig } from '@rsbuild/core';
import { pluginReact } from '@rsbuild/plugin-react';

export default defineConfig({ plugins: [pluginReact()] });
`;

async function installed(files: Readonly<Record<string, string>> = typescriptApp): Promise<void> {
  project = makeProject(files, 'app');
  await init(project.context(), { yes: true });
}

/** The app's people move it: packages, scripts, configuration. */
function moveToVite({ version = '^7.1.0', isWhole = true, tsconfig = '' } = {}): void {
  editPackageJson((fields) => {
    fields.devDependencies = { ...fields.devDependencies, vite: version, '@vitejs/plugin-react': '^5.0.0' };
    if (isWhole) {
      delete fields.dependencies?.['react-scripts'];
      fields.scripts = { dev: 'vite', build: 'vite build', preview: 'vite preview' };
      delete fields.eslintConfig;
    } else fields.scripts = { ...fields.scripts, dev: 'vite', 'build:vite': 'vite build' };
  });
  project.write('vite.config.mts', viteConfig);
  if (tsconfig !== '') project.write('tsconfig.json', tsconfig);
}

function moveToRsbuild(): void {
  editPackageJson((fields) => {
    fields.devDependencies = { ...fields.devDependencies, '@rsbuild/core': '^2.0.0' };
    delete fields.dependencies?.['react-scripts'];
    fields.scripts = { dev: 'rsbuild dev', build: 'rsbuild build' };
  });
  project.write('rsbuild.config.mjs', rsbuildConfig);
}

interface Json {
  readonly from: string;
  readonly to: string;
  readonly nothingToDo?: boolean;
  readonly plan: {
    readonly changes: readonly { readonly change: string; readonly path: string }[];
    readonly byHand: readonly string[];
    readonly notes: readonly string[];
    readonly install: boolean;
  };
}

async function migrated(options: MigrateOptions = yes, more: Partial<CommandContext> = {}) {
  const { status, json, next } = await migrate(project.context(more), options);
  return { status, json: json as Json, next };
}

const refused = (options: MigrateOptions = yes, more: Partial<CommandContext> = {}) =>
  migrate(project.context(more), options).then(
    () => null,
    (error: { code: string; message: string }) => error,
  );

/** The tree but for the salt, which `undo` leaves, and the lock file, which this stand-in of npm writes. */
function treeOfApp(): Readonly<Record<string, string>> {
  const { '.env.local': _salt, 'package-lock.json': _lock, ...tree } = project.tree();
  return tree;
}

const fieldsOf = () => JSON.parse(project.read('package.json')) as Fields;

describe('an app that has moved to Vite', () => {
  test('has the kit there, and nothing of it where it was', async () => {
    await installed();
    const before = project.tree();
    moveToVite();
    const { status, json, next } = await migrated();
    expect(status).toBe(0);
    expect(json).toMatchObject({
      from: 'cra-craco',
      to: 'vite',
      isFormerGone: true,
      plan: { byHand: [], install: true },
    });
    expect(json.plan.changes.map(({ change, path }) => `${change} ${path}`)).toEqual([
      'edit package.json',
      'edit vite.config.mts',
      'remove craco.config.js',
      'install node_modules/',
    ]);
    expect(project.read('vite.config.mts')).toContain('zero-backend-sync/vite');
    expect(Object.keys(project.tree())).not.toContain('craco.config.js');
    expect(fieldsOf()).toMatchObject({
      scripts: { dev: 'vite', build: 'vite build', preview: 'vite preview' },
      dependencies: { 'zero-backend-sync': '^0.1.0' },
      devDependencies: { 'vite-plugin-wasm': '^3.6.0' },
    });
    expect(fieldsOf().devDependencies).not.toHaveProperty('@craco/craco');
    expect(next.at(-1)).toMatchObject({ command: 'npx zero-backend-sync doctor' });
    // What data is found by, and what it is made of.
    const kept = (tree: Readonly<Record<string, string>>) =>
      Object.entries(tree).filter(([file]) => file.startsWith('src/') || file === '.env.local');
    expect(kept(project.tree())).toEqual(kept(before));
  });

  test.each<[name: string, move: () => void]>([
    ['Vite', () => moveToVite()],
    ['Vite 8 with another compiler', () => moveToVite({ version: '^8.0.0', tsconfig: viteTsconfig })],
    ['Vite, both tools there', () => moveToVite({ isWhole: false })],
    ['Rsbuild', moveToRsbuild],
  ])('undo afterwards gives the app without the kit, in %s', async (_name, move) => {
    project = makeProject(typescriptApp, 'app');
    move();
    const without = treeOfApp();
    project.remove();
    await installed();
    move();
    await migrated();
    expect((await undo(project.context(), { yes: true })).status).toBe(0);
    const after = treeOfApp();
    expect(JSON.parse(after['package.json'] ?? '')).toEqual(JSON.parse(without['package.json'] ?? ''));
    expect({ ...after, 'package.json': '' }).toEqual({ ...without, 'package.json': '' });
  });

  test('a second run has nothing to do, and update works', async () => {
    await installed();
    moveToVite();
    await migrated();
    const tree = project.tree();
    expect((await migrated()).json).toMatchObject({ nothingToDo: true });
    expect(project.tree()).toEqual(tree);
    const { status, json } = await update(project.context(), { yes: true });
    expect([status, json]).toEqual([0, expect.objectContaining({ nothingToDo: true })]);
  });

  test('keeps what its people changed since in files of the kit, and their own CRACO settings', async () => {
    const own = `module.exports = {\n  plugins: [{ plugin: require('./mine') }],\n  style: {},\n};\n`;
    await installed({ ...typescriptApp, 'craco.config.js': own });
    project.write('src/lib/schema.ts', `${project.read('src/lib/schema.ts')}// ours\n`);
    moveToVite();
    const { json } = await migrated();
    expect(json.plan.changes).toContainEqual(expect.objectContaining({ change: 'edit', path: 'craco.config.js' }));
    expect(project.read('craco.config.js')).toBe(own);
    expect(project.read('src/lib/schema.ts')).toContain('// ours');
    expect(readRecord(diskFiles(project.root))?.files).not.toHaveProperty(['craco.config.js']);
  });

  test('gets the template without enums where the compiler refuses them, with the changes of its people', async () => {
    await installed();
    project.write('src/lib/types.ts', `${project.read('src/lib/types.ts')}\n// a\n// b\n// ours\n`);
    const config = project.read('src/lib/config.json');
    moveToVite({ tsconfig: viteTsconfig });
    await migrated();
    expect(project.read('src/lib/types.ts')).toMatch(/const ToWorker[\s\S]*\/\/ ours/);
    expect(project.read('src/lib/config.json')).toBe(config);
    expect(readRecord(diskFiles(project.root))?.form).toBe('erasable');
    expect((await update(project.context(), { yes: true })).json).toMatchObject({ nothingToDo: true });
  });

  test('gets that from the version that it has, so update comes first', async () => {
    await installed();
    moveToVite({ tsconfig: viteTsconfig });
    const tree = project.tree();
    expect(await refused(yes, { readKit: () => ({ ...smallKit, version: '0.2.0' }) })).toMatchObject({
      code: 'UPDATE_FIRST',
    });
    expect(project.tree()).toEqual(tree);
  });

  test('has a configuration that no program can edit: a person gets the lines', async () => {
    await installed();
    moveToVite();
    project.write('vite.config.mts', `import { made } from './made';\nexport default made();\n`);
    const { json } = await migrated();
    expect(json.plan.byHand).toEqual([expect.stringMatching(/vite\.config\.mts cannot be edited.*zeroBackendSync/s)]);
    expect(project.read('vite.config.mts')).not.toContain('zero-backend-sync');
    expect(Object.keys(project.tree())).not.toContain('craco.config.js');
  });

  test('takes its package.json from a new app: the kit comes from where it came from', async () => {
    await installed();
    moveToVite();
    editPackageJson((fields) => delete fields.dependencies?.['zero-backend-sync']);
    await migrated(yes, { readKit: (source) => ({ ...smallKit, spec: source?.spec ?? 'none' }) });
    expect(fieldsOf().dependencies).toHaveProperty('zero-backend-sync', '^0.1.0');
    expect((await undo(project.context(), { yes: true })).status).toBe(0);
    expect(fieldsOf().dependencies).not.toHaveProperty('zero-backend-sync');
  });

  test('has lost the copies of what was written: the kit is known by its packages', async () => {
    await installed();
    moveToVite();
    rmSync(`${project.root}/.zero-backend-sync`, { recursive: true });
    await migrated();
    expect(fieldsOf().devDependencies).not.toHaveProperty('@craco/craco');
    expect((await migrated()).json).toMatchObject({ nothingToDo: true });
    // Of the files that only the lost copies know, undo goes on to say so.
    expect((await undo(project.context(), { yes: true })).json).toMatchObject({ kept: ['.gitignore'] });
    expect(project.read('vite.config.mts')).toBe(viteConfig);
  });

  test('is JavaScript', async () => {
    await installed(javascriptApp);
    editPackageJson((fields) => {
      delete fields.dependencies?.['react-scripts'];
      fields.devDependencies = { ...fields.devDependencies, vite: '^7.1.0' };
      fields.scripts = { dev: 'vite', build: 'vite build' };
    });
    const { status } = await migrated({ yes: true, wasm: 'inline' });
    expect(status).toBe(0);
    expect(project.read('vite.config.mjs')).toContain('zeroBackendSync()');
    expect(fieldsOf().devDependencies).toEqual({ vite: '^7.1.0' });
    expect((await undo(project.context(), { yes: true })).status).toBe(0);
    expect(Object.keys(project.tree())).not.toContain('vite.config.mjs');
  });
});

describe('doctor', () => {
  const codes = async () => {
    const { findings } = await runDoctor(project.context(), {});
    return findings.map(({ code }) => code).filter((code) => /TOOL_CHANGED|PRESET_MISSING|WIRED_ELSEWHERE/.test(code));
  };
  test('sends an app that has moved to migrate, and finds nothing of that afterwards', async () => {
    await installed();
    expect(await codes()).toEqual([]);
    moveToVite();
    expect(await codes()).toContain('TOOL_CHANGED');
    await migrated();
    expect(await codes()).toEqual([]);
  });
});

describe('an app that is moving', () => {
  test('keeps CRACO until nothing runs it, and is finished by another run', async () => {
    await installed();
    moveToVite({ isWhole: false });
    const { json } = await migrated();
    expect(json).toMatchObject({ isFormerGone: false });
    expect(project.read('craco.config.js')).toContain('zero-backend-sync/craco');
    expect(fieldsOf().scripts).toMatchObject({ start: 'craco start', dev: 'vite' });
    expect((await migrated()).json).toMatchObject({ nothingToDo: true });

    editPackageJson((fields) => {
      delete fields.dependencies?.['react-scripts'];
      fields.scripts = { dev: 'vite', build: 'vite build' };
    });
    expect((await migrated()).json).toMatchObject({ isFormerGone: true });
    expect(Object.keys(project.tree())).not.toContain('craco.config.js');
    expect(fieldsOf().devDependencies).not.toHaveProperty('@craco/craco');
    expect((await undo(project.context(), { yes: true })).status).toBe(0);
    expect(fieldsOf()).toMatchObject({ scripts: { dev: 'vite', build: 'vite build' } });
    expect(project.read('vite.config.mts')).toBe(viteConfig);
  });

  test('is told about scripts that still run what is gone', async () => {
    await installed();
    moveToVite();
    editPackageJson((fields) => (fields.scripts = { ...fields.scripts, test: 'craco test' }));
    const { json } = await migrated();
    expect(fieldsOf().scripts?.test).toBe('react-scripts test');
    expect(json.plan.byHand).toEqual([expect.stringMatching(/script "test" still runs react-scripts/)]);
  });

  test('may have both tools, and says which one is meant', async () => {
    await installed();
    moveToVite({ isWhole: false });
    editPackageJson((fields) => {
      fields.devDependencies = { ...fields.devDependencies, '@rsbuild/core': '^2.0.0' };
      fields.scripts = { ...fields.scripts, 'build:rsbuild': 'rsbuild build' };
    });
    expect(await refused()).toMatchObject({ code: 'MOVE_UNCLEAR' });
    expect((await migrated({ yes: true, to: 'rsbuild' })).json.to).toBe('rsbuild');
  });
});

describe('the salt that each tool takes', () => {
  const other = saltLine(new Uint8Array(32).fill(9)).line;
  const salt = () => project.read('.env.local').trim();

  test.each<
    [name: string, files: (own: string) => Record<string, string | null>, code: string | null, says: RegExp | null]
  >([
    ['is the same in one file', () => ({}), null, null],
    ['is the same in two files', (own) => ({ '.env.production': own }), null, /same one from \.env\.production/],
    [
      'differs: .env.production wins in Vite',
      () => ({ '.env.production': other }),
      'SALT_ORDER',
      /out of \.env\.production/,
    ],
    ['differs in development', () => ({ '.env.development': other }), 'SALT_ORDER', /For development/],
    ['is wrong in both', () => ({ '.env.local': other }), 'SALT_DIFFERENT', /expects/],
    ['is malformed in what wins', () => ({ '.env.production': 'SYNC_SALT=abc' }), 'SALT_ORDER', /malformed/],
    ['is nowhere', () => ({ '.env.local': null }), null, null],
    [
      'is right in Vite only',
      (own) => ({ '.env.local': other, '.env.production': own, '.env.development': own }),
      null,
      /which is the right one/,
    ],
  ])('%s', async (_name, files, code, says) => {
    await installed();
    moveToVite();
    for (const [file, text] of Object.entries(files(salt())))
      if (text === null) rmSync(`${project.root}/${file}`);
      else project.write(file, `${text}\n`);
    const tree = project.tree();
    if (code === null) {
      const { json } = await migrated();
      if (says !== null) expect(json.plan.notes.join('\n')).toMatch(says);
    } else {
      const error = await refused();
      expect(error).toMatchObject({ code });
      if (says !== null) expect(error?.message).toMatch(says);
      expect(error?.message).not.toContain(salt().slice('SYNC_SALT='.length));
      expect(project.tree()).toEqual(tree);
    }
  });

  test('a mode of its own has files of its own', async () => {
    await installed();
    moveToVite();
    editPackageJson((fields) => (fields.scripts = { ...fields.scripts, build: 'vite build --mode staging' }));
    project.write('.env.staging', `${other}\n`);
    expect(await refused()).toMatchObject({ code: 'SALT_ORDER', message: expect.stringContaining('.env.staging') });
  });

  test('another envDir has none', async () => {
    await installed();
    moveToVite();
    project.write('vite.config.mts', viteConfig.replace('plugins:', "envDir: './env',\n  plugins:"));
    expect(await refused()).toMatchObject({ code: 'SALT_ORDER', message: expect.stringContaining('env/.env.local') });
  });
});

describe('refuses, and changes nothing', () => {
  test.each<[name: string, change: () => void, code: string]>([
    ['an app that has not moved', () => {}, 'NOTHING_TO_MIGRATE'],
    ['a Vite that is too old', () => moveToVite({ version: '^4.5.0' }), 'TOOL_VERSION_UNSUPPORTED'],
    [
      'an app without the record',
      () => {
        moveToVite();
        rmSync(`${project.root}/.zero-backend-sync.json`);
      },
      'NOT_INSTALLED',
    ],
    [
      'another number of iterations',
      () => {
        moveToVite();
        project.write('src/lib/config.json', project.read('src/lib/config.json').replace('600000', '100000'));
      },
      'APP_CHANGED',
    ],
    [
      'a Dexie of the app that is not the one of RxDB',
      () => {
        moveToVite();
        for (const [place, version] of [
          ['zero-backend-sync', '0.1.0'],
          ['dexie', '3.2.7'],
          ['rxdb', '17.6.0'],
          ['rxdb/node_modules/dexie', '4.4.2'],
        ] as const)
          project.write(`node_modules/${place}/package.json`, `{"version":"${version}"}`);
      },
      'DATABASE_VERSION',
    ],
  ])('%s', async (_name, change, code) => {
    await installed();
    change();
    const tree = project.tree();
    expect(await refused()).toMatchObject({ code });
    expect(project.tree()).toEqual(tree);
  });

  test('without a terminal and without --yes', async () => {
    await installed();
    moveToVite();
    const tree = project.tree();
    const error = (await refused({})) as unknown as { code: string; details: { next: object[]; plan: object } };
    expect(error.code).toBe('ANSWERS_NEEDED');
    expect(error.details.next).toEqual([
      expect.objectContaining({ command: 'npx zero-backend-sync migrate --to vite --yes' }),
    ]);
    expect(error.details.plan).toHaveProperty('changes');
    expect(project.tree()).toEqual(tree);
  });

  test('in a dry run', async () => {
    await installed();
    moveToVite();
    const tree = project.tree();
    expect((await migrated({ dryRun: true, diff: true })).json).toMatchObject({
      dryRun: true,
      plan: { install: true },
    });
    expect(project.tree()).toEqual(tree);
  });

  test.each(['remove craco.config.js', 'write vite.config.mts', 'install packages with npm', 'commit'])(
    'when it is interrupted at "%s"',
    async (step) => {
      await installed();
      moveToVite();
      const tree = project.tree();
      let isReached = false;
      await refused(yes, {
        onStep(name) {
          if (!name.startsWith(step)) return;
          isReached = true;
          throw new Error('stopped');
        },
      });
      expect(isReached).toBe(true);
      expect(project.tree()).toEqual(tree);
    },
  );
});

describe('says what of the former tool concerns the kit', () => {
  const notesOf = async (files: Readonly<Record<string, string>>, move: () => void = () => moveToVite()) => {
    await installed({ ...typescriptApp, ...files });
    move();
    return (await migrated({ dryRun: true })).json.plan.notes.join('\n');
  };
  test.each<[name: string, files: Record<string, string>, says: RegExp]>([
    ['the port, which is another origin', {}, /server: \{ port: 3000, strictPort: true \}/],
    ['a port of its own', { '.env': 'PORT=4000\n' }, /server: \{ port: 4000, strictPort: true \}/],
    ['https in development', { '.env': 'HTTPS=true\n' }, /HTTPS=true, \.env:1/],
    [
      'names of variables',
      { 'src/relays.ts': 'export const r = process.env.REACT_APP_RELAYS;\n' },
      /src\/relays\.ts:1.*REACT_APP_RELAYS -> VITE_RELAYS/,
    ],
    [
      '%PUBLIC_URL%',
      { 'public/index.html': '<link href="%PUBLIC_URL%/a.png">\n' },
      /public\/index\.html:1 has %PUBLIC_URL%/,
    ],
    ['homepage', { 'package.json': craPackageJson({ homepage: '/app' }) }, /"homepage" \(\/app\)/],
    [
      'the folder of a build and the host',
      { 'netlify.toml': '[build]\n  command = "npm run build"\n  publish = "build"\n' },
      /goes to dist\/, not to build\/.*netlify\.toml:3 names/,
    ],
    ['tests', { 'src/setupTests.ts': `import '@testing-library/jest-dom';\n` }, /Vitest gets the same/],
    [
      'a service worker',
      { 'src/service-worker.ts': '//\n', 'src/main.ts': `serviceWorkerRegistration.register();\n` },
      /src\/main\.ts:1: browsers that have the service worker/,
    ],
  ])('%s', async (_name, files, says) => {
    expect(await notesOf(files)).toMatch(says);
  });

  test('no port, where the configuration keeps the origin', async () => {
    const notes = await notesOf({}, () => {
      moveToVite();
      project.write(
        'vite.config.mts',
        viteConfig.replace('plugins:', 'server: { port: 3000, strictPort: true },\n  plugins:'),
      );
    });
    expect(notes).not.toMatch(/another origin, (whose|with)/);
  });

  test('no path, where the configuration has one', async () => {
    const notes = await notesOf({ 'package.json': craPackageJson({ homepage: '/app' }) }, () => {
      moveToVite();
      project.write('vite.config.mts', viteConfig.replace('plugins:', "base: '/app/',\n  plugins:"));
    });
    expect(notes).not.toMatch(/"homepage" \(/);
  });

  test('Rsbuild has the same port, and its own names', async () => {
    const notes = await notesOf({ 'src/relays.ts': 'export const r = process.env.REACT_APP_RELAYS;\n' }, moveToRsbuild);
    expect(notes).toMatch(/Without "strictPort" Rsbuild takes another port where 3000 is taken/);
    expect(notes).toMatch(/REACT_APP_RELAYS -> PUBLIC_RELAYS/);
  });
});
