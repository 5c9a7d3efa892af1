/** What the app's visitors get to see of its salt: the production bundle with source maps, and what the development server serves. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseEnv } from 'node:util';
import { layOutBenchApp, root } from '../../bench/support/build-app';
import { inlinedModules, scanForSalt } from '../../src/preset/salt-scan';
import { craco, startDevServer } from '../matrix/craco';

const minutesMs = 60_000;
let app: string;
let salt: Buffer;

beforeAll(async () => {
  app = await layOutBenchApp();
  salt = Buffer.from(parseEnv(await readFile(join(root, '.env'), 'utf8')).SYNC_SALT!, 'base64');
});
afterAll(() => rm(app, { recursive: true, force: true }));

const modulesIn = (folder: string): number =>
  (
    readdirSync(folder, { recursive: true, withFileTypes: true }) as {
      isFile(): boolean;
      name: string;
      parentPath: string;
    }[]
  )
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + inlinedModules(readFileSync(join(parentPath, name))).length, 0);

test(
  'the production bundle shows it nowhere: chunks, source maps and the module inside them',
  async () => {
    const { status, output } = await craco(app, 'build', { GENERATE_SOURCEMAP: 'true' });
    expect({ status, output: status === 0 ? '' : output }).toEqual({ status: 0, output: '' });
    expect(readdirSync(join(app, 'build'), { recursive: true }).some((name) => String(name).endsWith('.map'))).toBe(
      true,
    );
    expect(modulesIn(join(app, 'build'))).toBeGreaterThan(0);
    expect(scanForSalt(salt, [join(app, 'build')])).toEqual([]);
  },
  6 * minutesMs,
);

test(
  'the development bundle shows it nowhere',
  async () => {
    const served = await mkdtemp(join(tmpdir(), 'zero-backend-sync-served-'));
    const server = await startDevServer(app);
    try {
      await server.prints(/Compiled|compiled|Failed/);
      const manifest = (await (await fetch(`${server.url}/asset-manifest.json`)).json()) as {
        files: { [name: string]: string };
      };
      for (const path of Object.values(manifest.files)) {
        const response = await fetch(new URL(path, server.url));
        await mkdir(served, { recursive: true });
        await writeFile(join(served, basename(path)), Buffer.from(await response.arrayBuffer()));
      }
      expect(modulesIn(served)).toBeGreaterThan(0);
      expect(scanForSalt(salt, [served])).toEqual([]);
    } finally {
      await server.stop();
      await rm(served, { recursive: true, force: true });
    }
  },
  6 * minutesMs,
);
