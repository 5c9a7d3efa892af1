/**
 * Apps as strangers have them: Create React App's own templates, laid out and installed as `create-react-app` does it, with the package manager
 * of the case. What is installed once is kept in the temporary folder for later runs.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { delimiter } from 'node:path';
import { promisify } from 'node:util';

export type Template =
  'cra-template' | 'cra-template-typescript' | 'cra-template-redux-typescript' | 'cra-template-pwa-typescript';
export type PackageManager = 'npm' | 'yarn' | 'pnpm';

export interface AppRequest {
  readonly template: Template;
  readonly packageManager: PackageManager;
  /** Files that the app's owner had before; `package.json` is merged. */
  readonly files?: Readonly<Record<string, string>>;
  readonly packageJson?: Readonly<Record<string, unknown>>;
}

const repository = path.resolve(__dirname, '../..');
const workshop = path.join(tmpdir(), 'zero-backend-sync-scaffold');
const tools = path.join(workshop, 'tools');

export function say(what: string): void {
  process.stderr.write(`  ${new Date().toISOString().slice(11, 19)} ${what}\n`);
}

export type Environment = Readonly<Record<string, string>>;

export interface Ran {
  readonly status: number;
  readonly output: string;
}

/** Runs a program as a user's terminal would: nothing of Jest's or npm's environment reaches it. Never rejects. */
export async function run(cwd: string, program: string, args: readonly string[], more: Environment = {}): Promise<Ran> {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_ENV$|JEST_|BABEL_ENV$|SYNC_SALT$|CI$)/.test(name),
  );
  const PATH = `${path.join(tools, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}`;
  const env = {
    ...Object.fromEntries(kept),
    PATH,
    NO_COLOR: '1',
    BROWSER: 'none',
    ...more,
  } as unknown as typeof process.env;
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, {
      cwd,
      env,
      timeout: 600_000,
      maxBuffer: 64 << 20,
    });
    return { status: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr, message } = error as Error & { code?: number; stdout?: string; stderr?: string };
    return {
      status: typeof code === 'number' ? code : 1,
      output: `${stdout ?? ''}${stderr ?? ''}${stdout ? '' : message}`,
    };
  }
}

async function must(cwd: string, program: string, args: readonly string[], more?: Environment): Promise<string> {
  const { status, output } = await run(cwd, program, args, more);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${output.slice(-4000)}`);
  return output;
}

export interface InstalledKit {
  readonly tarball: string;
  /** The command line, installed from the tarball as npx does it. */
  readonly program: string;
}

/** Packs the kit as it would be published, and installs it in a folder of its own. */
export async function installKit(): Promise<InstalledKit> {
  mkdirSync(workshop, { recursive: true });
  const packed = await must(repository, 'npm', [
    'pack',
    '--ignore-scripts',
    '--silent',
    '--pack-destination',
    workshop,
  ]);
  const fresh = path.join(workshop, packed.trim().split('\n').at(-1) ?? '');
  const hash = createHash('sha256').update(readFileSync(fresh)).digest('hex').slice(0, 12);
  const tarball = path.join(workshop, `kit-${hash}.tgz`);
  renameSync(fresh, tarball);
  const home = path.join(workshop, `npx-${hash}`);
  if (!existsSync(home)) {
    say('install the kit from its tarball');
    for (const name of readdirSync(workshop)) {
      if ((name.startsWith('npx-') || name.startsWith('kit-')) && !name.includes(hash))
        rmSync(path.join(workshop, name), { recursive: true });
    }
    await unfinished(home, async (folder) => {
      writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
      await must(folder, 'npm', ['install', '--no-audit', '--no-fund', tarball]);
    });
  }
  return { tarball, program: path.join(home, 'node_modules/zero-backend-sync/dist/cli/index.js') };
}

/** An app in a folder of its own, installed and in git, as its owner left it. */
export async function makeApp(
  name: string,
  { template, packageManager, files = {}, packageJson = {} }: AppRequest,
): Promise<string> {
  const base = await makeBase(template, packageManager);
  const app = path.join(workshop, 'apps', name);
  rmSync(app, { recursive: true, force: true });
  mkdirSync(path.dirname(app), { recursive: true });
  // Tens of thousands of small files: `cp` takes a fraction of what Node's own copy does.
  await must(path.dirname(app), 'cp', ['-a', base, app]);
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(app, file), text);
  editJson(path.join(app, 'package.json'), (json) => ({
    ...json,
    ...packageJson,
    devDependencies: { ...(json.devDependencies as object), ...(packageJson.devDependencies as object) },
  }));
  if (packageJson.devDependencies !== undefined) await install(app, packageManager);
  await must(app, 'git', ['init', '--quiet']);
  await commitAll(app, 'As it was');
  return app;
}

export async function commitAll(app: string, message: string): Promise<void> {
  await must(app, 'git', ['add', '--all']);
  await must(app, 'git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', 'commit', '--quiet', '-m', message]);
}

export function editJson(file: string, change: (json: Record<string, unknown>) => object): void {
  writeFileSync(
    file,
    `${JSON.stringify(change(JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>), null, 2)}\n`,
  );
}

async function makeBase(template: Template, packageManager: PackageManager): Promise<string> {
  await installTools();
  const base = path.join(workshop, `base-${template}-${packageManager}`);
  if (existsSync(base)) return base;
  say(`lay out and install ${template} with ${packageManager}`);
  await unfinished(base, async (folder) => {
    const source = path.join(tools, 'node_modules', template);
    cpSync(path.join(source, 'template'), folder, { recursive: true });
    renameSync(path.join(folder, 'gitignore'), path.join(folder, '.gitignore'));
    const { package: wanted } = JSON.parse(readFileSync(path.join(source, 'template.json'), 'utf8')) as {
      package: { dependencies: object; eslintConfig: object };
    };
    const json = {
      name: template.replace('cra-template', 'app'),
      version: '0.1.0',
      private: true,
      dependencies: { ...wanted.dependencies, react: '^19.0.0', 'react-dom': '^19.0.0', 'react-scripts': '5.0.1' },
      scripts: {
        start: 'react-scripts start',
        build: 'react-scripts build',
        test: 'react-scripts test',
        eject: 'react-scripts eject',
      },
      eslintConfig: wanted.eslintConfig,
      browserslist: { production: ['>0.2%', 'not dead', 'not op_mini all'], development: ['last 1 chrome version'] },
    };
    writeFileSync(path.join(folder, 'package.json'), `${JSON.stringify(json, null, 2)}\n`);
    if (/typescript/.test(template)) {
      writeFileSync(path.join(folder, 'tsconfig.json'), tsconfigOfCra);
      writeFileSync(path.join(folder, 'src/react-app-env.d.ts'), '/// <reference types="react-scripts" />\n');
    }
    // On Node 20 yarn 1 refuses Create React App's own testing library otherwise.
    if (packageManager === 'yarn') writeFileSync(path.join(folder, '.yarnrc'), 'ignore-engines true\n');
    await install(folder, packageManager);
  });
  return base;
}

async function install(folder: string, packageManager: PackageManager): Promise<void> {
  const args = packageManager === 'npm' ? ['install', '--no-audit', '--no-fund'] : ['install'];
  // The Redux and PWA templates ask for testing libraries of another React; create-react-app installs them with force only.
  await must(folder, packageManager, args, force);
}

/** As the owner of a forced tree has to run npm ever after. */
export const force: Environment = { npm_config_force: 'true' };

async function installTools(): Promise<void> {
  if (existsSync(tools)) return;
  say("fetch create-react-app's templates, yarn and pnpm");
  mkdirSync(workshop, { recursive: true });
  await unfinished(tools, async (folder) => {
    writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n');
    const templates = [
      'cra-template@1',
      'cra-template-typescript@1',
      'cra-template-redux-typescript@2',
      'cra-template-pwa-typescript@2',
    ];
    await must(folder, 'npm', ['install', '--no-audit', '--no-fund', ...templates, 'yarn@1.22.22', 'pnpm@9.15.9']);
  });
}

/** A folder appears under its name when it is complete. */
async function unfinished(folder: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const partial = `${folder}.unfinished-${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    await fill(partial);
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

/** What `react-scripts` writes into an empty tsconfig.json. */
const tsconfigOfCra = `{
  "compilerOptions": {
    "target": "es5",
    "lib": [
      "dom",
      "dom.iterable",
      "esnext"
    ],
    "allowJs": true,
    "skipLibCheck": true,
    "esModuleInterop": true,
    "allowSyntheticDefaultImports": true,
    "strict": true,
    "forceConsistentCasingInFileNames": true,
    "noFallthroughCasesInSwitch": true,
    "module": "esnext",
    "moduleResolution": "node",
    "resolveJsonModule": true,
    "isolatedModules": true,
    "noEmit": true,
    "jsx": "react-jsx"
  },
  "include": [
    "src"
  ]
}
`;
