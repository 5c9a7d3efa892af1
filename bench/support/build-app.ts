/** Builds the bench app by CRACO as a user's app would be built, in a folder of its own outside the repository. */
import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { tsconfigOfCra } from '../../__tests__/support/tsconfig-of-cra';
import { copyForm } from '../../__tests__/template/forms';

export const root = resolve(__dirname, '../..');

export interface AppOptions {
  /** Where the app will be served: `/`, `/sub` or `.`. */
  readonly homepage?: string;
  /** Where the files of the build will be asked for, as `https://cdn.example`. */
  readonly publicUrl?: string;
  /** craco.config.js, where it is another one. */
  readonly craco?: string;
  /** Changes to files of the installed kit (paths in `dist/esm`), such as an attacker or a careless hand would make. */
  readonly patch?: { readonly [file: string]: (text: string) => string };
}

const plainCraco = `module.exports = { plugins: [{ plugin: require('zero-backend-sync/craco') }] };\n`;

/** @returns the folder with the built files. */
export async function buildBenchApp(options: AppOptions = {}): Promise<string> {
  const app = await layOutBenchApp(options);
  await run(
    process.execPath,
    [join(root, 'node_modules/@craco/craco/dist/bin/craco.js'), 'build'],
    app,
    options.publicUrl,
  );
  return join(app, 'build');
}

/** @returns the folder of the app, ready for `craco`. */
export async function layOutBenchApp({
  homepage = '/',
  patch = {},
  craco = plainCraco,
}: AppOptions = {}): Promise<string> {
  const app = await mkdtemp(join(tmpdir(), 'zero-backend-sync-app-'));
  await cp(join(root, 'bench/app/public'), join(app, 'public'), { recursive: true });
  await cp(join(root, 'bench/app/src'), join(app, 'src'), { recursive: true });
  copyForm(join(root, 'dist/template'), 'typescript', 'react', join(app, 'src/lib'));
  await cp(join(root, 'bench/app/schema.ts'), join(app, 'src/lib/schema.ts'));
  await writeFile(join(app, 'tsconfig.json'), JSON.stringify(tsconfigOfCra));
  await cp(join(root, '.env'), join(app, '.env'));
  await installPackages(join(app, 'node_modules'));
  for (const [file, change] of Object.entries(patch)) {
    const path = join(app, 'node_modules/zero-backend-sync/dist/esm', file);
    const text = await readFile(path, 'utf8');
    if (change(text) === text) throw new Error(`The patch of ${file} changes nothing.`);
    await writeFile(path, change(text));
  }
  await writeFile(join(app, 'package.json'), JSON.stringify({ name: 'bench', private: true, homepage }));
  await writeFile(join(app, 'craco.config.js'), craco);
  return app;
}

/** What this repository has installed, and the kit as it is published: a copy, because CRA keeps links that lead out of `node_modules` from an app. */
async function installPackages(modules: string): Promise<void> {
  await mkdir(modules);
  for (const name of await readdir(join(root, 'node_modules')))
    if (!name.startsWith('.')) await symlink(join(root, 'node_modules', name), join(modules, name), 'dir');
  const { files } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { files: readonly string[] };
  const published = ['package.json', ...files.filter((file) => !file.includes('*'))];
  for (const file of published)
    await cp(join(root, file), join(modules, 'zero-backend-sync', file), { recursive: true });
}

function run(command: string, args: readonly string[], cwd: string, publicUrl?: string): Promise<void> {
  return new Promise((done, failed) => {
    // A test runner's own NODE_ENV would make a development build of it.
    const env = {
      ...process.env,
      ...(publicUrl !== undefined && { PUBLIC_URL: publicUrl }),
      NODE_ENV: 'production',
      CI: 'true',
      GENERATE_SOURCEMAP: 'false',
    } as const;
    const child = spawn(command, args, { cwd, env });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.on('error', failed);
    child.on('exit', (code) => (code === 0 ? done() : failed(new Error(`The bench app did not build.\n${output}`))));
  });
}
