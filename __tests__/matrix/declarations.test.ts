/** What TypeScript, from the oldest to the newest that apps have, says of the package's declarations and of the template, with the kit from its tarball. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { installKit, root } from '../package/installed';
import type { InstalledApp } from '../package/installed';
import { kept } from '../support/kept';
import { run } from '../support/processes';
import { checkUse, cra, vite, vueCli } from '../template/homes';

const versions = { '4.9': '4.9.5', '5.9': '5.9.3', '6': '6.0.3', '7': '7.0.2' } as const;
type Version = keyof typeof versions;

let compilers: string;
let app: InstalledApp;
beforeAll(async () => {
  const name = `compilers-${Object.values(versions).join('-')}`;
  compilers = await kept(name, async (folder) => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }');
    const aliases = Object.entries(versions).map(([version, exact]) => `ts-${version}@npm:typescript@${exact}`);
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', ...aliases], folder);
  });
  app = installKit(['react', '@types/react', 'csstype', 'vue']);
}, 300_000);
afterAll(() => app.remove());

const compilerOf = (version: Version): string => path.join(compilers, 'node_modules', `ts-${version}`);

const settings: Readonly<Record<Version, object>> = {
  // What create-react-app writes; 6 and 7 know no `moduleResolution: node` any more.
  '4.9': { target: 'es5', lib: ['dom', 'dom.iterable', 'esnext'], moduleResolution: 'node', esModuleInterop: true },
  '5.9': { target: 'es2022', lib: ['dom', 'dom.iterable', 'esnext'], moduleResolution: 'bundler' },
  '6': { target: 'es2022', lib: ['dom', 'dom.iterable', 'esnext'], moduleResolution: 'bundler' },
  '7': { target: 'es2022', lib: ['dom', 'dom.iterable', 'esnext'], moduleResolution: 'bundler' },
};

/** Packages whose declarations ours and RxDB's refer to. What is wrong in them is wrong in every app that has RxDB, or Vue. */
const ofOthers =
  /^(\S*\/)?node_modules\/(rxdb|graphql-ws|event-reduce-js|binary-decision-diagram|dexie|rxjs|vue|@vue\/[\w-]+)\//;

test.each(Object.keys(versions) as Version[])(
  'TypeScript %s finds no fault in the declarations, with libraries checked too',
  (version) => {
    const entries = ['core', 'page', 'worker', 'react', 'vue', 'testing'].map((entry) => `zero-backend-sync/${entry}`);
    const folder = path.join(app.folder, `declarations-${version}`);
    mkdirSync(folder);
    writeFileSync(
      path.join(folder, 'index.ts'),
      `${entries.map((entry, index) => `export * as entry${index} from '${entry}';`).join('\n')}\nimport wasm from './a.wasm';\nexport { wasm };\n`,
    );
    const compilerOptions = {
      ...settings[version],
      strict: true,
      noEmit: true,
      module: 'esnext',
      types: [],
      skipLibCheck: false,
    };
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['index.ts'] }));
    const errors = compile(version, folder);
    expect(errors.filter((error) => !ofOthers.test(error))).toEqual([]);
  },
  300_000,
);

test('a fault in a declaration of the kit would be found', () => {
  const folder = path.join(app.folder, 'planted');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'planted.d.ts'), 'export declare const planted: Missing;\n');
  const compilerOptions = { ...settings['5.9'], noEmit: true, types: [], skipLibCheck: false };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['planted.d.ts'] }));
  expect(compile('5.9', folder).filter((error) => !ofOthers.test(error))).toHaveLength(1);
});

test.each(
  ([...(['4.9', '5.9'] as const).flatMap((version) => [cra, vueCli].map((home) => [version, home] as const))] as const)
    .concat((['5.9', '6', '7'] as const).flatMap((version) => vite.map((home) => [version, home] as const)) as never)
    .map(([version, home]) => [version, home.name, home] as const),
)(
  'TypeScript %s under the settings of %s compiles the template and its use, and each wrong use is an error',
  (version, _name, home) => {
    const folder = path.join(app.folder, `use-${version}-${home.name.replace(/\W/g, '-')}`);
    mkdirSync(folder);
    symlinkSync(path.join(app.folder, 'node_modules'), path.join(folder, 'node_modules'), 'dir');
    const forms = path.join(root, 'dist/template');
    const { found, expected } = checkUse({ typescript: compilerOf(version), app: folder, home, forms });
    expect(found).toEqual(expected);
  },
  300_000,
);

function compile(version: Version, folder: string): readonly string[] {
  const tsc = path.join(compilerOf(version), 'bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder, '--pretty', 'false'], {
    cwd: app.folder,
    encoding: 'utf8',
  });
  return stdout.split('\n').filter((line) => /: error TS|^error TS/.test(line));
}
