/** Builds the bench app by CRACO as a user's app would be built, in a folder of its own outside the repository. */
import { spawn } from 'node:child_process';
import { cp, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const root = resolve(__dirname, '../..');

/** @returns the folder with the built files. */
export async function buildBenchApp(homepage = '/'): Promise<string> {
  const app = join(tmpdir(), `zero-backend-sync-bench-${process.pid}`);
  await rm(app, { recursive: true, force: true });
  await mkdir(join(app, 'src'), { recursive: true });
  await cp(join(root, 'bench/app/public'), join(app, 'public'), { recursive: true });
  await cp(join(root, 'bench/app/src'), join(app, 'src'), { recursive: true });
  await cp(join(root, 'src/lib'), join(app, 'src/lib'), { recursive: true });
  await cp(join(root, 'bench/app/schema.ts'), join(app, 'src/lib/schema.ts'));
  await cp(join(root, 'tsconfig.json'), join(app, 'tsconfig.json'));
  await cp(join(root, '.env'), join(app, '.env'));
  await symlink(join(root, 'node_modules'), join(app, 'node_modules'), 'dir');
  await writeFile(join(app, 'package.json'), JSON.stringify({ name: 'bench', private: true, homepage }));
  await writeFile(
    join(app, 'craco.config.js'),
    `module.exports = { plugins: [{ plugin: require(${JSON.stringify(join(root, 'dist/preset'))}) }] };\n`,
  );
  await run(process.execPath, [join(root, 'node_modules/@craco/craco/dist/bin/craco.js'), 'build'], app);
  return join(app, 'build');
}

function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  return new Promise((done, failed) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, CI: 'true', GENERATE_SOURCEMAP: 'false' } });
    let output = '';
    child.stdout.on('data', (data) => (output += data));
    child.stderr.on('data', (data) => (output += data));
    child.on('error', failed);
    child.on('exit', (code) => (code === 0 ? done() : failed(new Error(`The bench app did not build.\n${output}`))));
  });
}
