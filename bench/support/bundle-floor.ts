/** Bundles a floor worker into a folder that the stage serves under /floor/. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from './build-app';

export const floorFolder = join(root, 'node_modules/.cache/zero-backend-sync/floor');

export async function bundleFloor(name: 'worker' | 'dexie'): Promise<void> {
  await build({
    entryPoints: [join(root, `bench/floor/${name}.ts`)],
    bundle: true,
    minify: true,
    outfile: join(floorFolder, `${name}.js`),
    logLevel: 'error',
  });
}
