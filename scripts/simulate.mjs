/**
 * `npm run simulate -- --seeds N --from K`, `--seed S` to see one world's trace, or `--population N` for what N accounts cost a relay. The modules are bundled first, which is faster than
 * loading them one by one; `--patch file.json` bundles them with mistakes in them ([{ file, find, replace }]), to see them found.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { build } from 'esbuild';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

process.setSourceMapsEnabled(true);
// A world runs much code, each piece of it seldom: inlining costs more than it saves, and so do four threads that wait for the garbage of one.
for (const flag of [
  '--max-inlined-bytecode-size-cumulative=100',
  '--no-turbo-inline-array-builtins',
  '--no-parallel-scavenge',
])
  setFlagsFromString(flag);
const { rest, patches } = withoutPatch(process.argv.slice(2));
const { main } = await load(patches);
process.exitCode = await main(rest);

function withoutPatch(args) {
  const at = args.indexOf('--patch');
  if (at < 0) return { rest: args, patches: [] };
  return { rest: args.toSpliced(at, 2), patches: JSON.parse(readFileSync(args[at + 1], 'utf8')) };
}

async function load(patches) {
  const folder = mkdtempSync(path.join(tmpdir(), 'zbs-simulation-'));
  try {
    const outfile = path.join(folder, 'simulate.cjs');
    await build({
      entryPoints: [path.join(root, 'simulation/simulate.ts')],
      outfile,
      bundle: true,
      // Spreads of literals become literals, which are faster.
      minifySyntax: true,
      platform: 'node',
      target: 'node20',
      sourcemap: 'inline',
      logLevel: 'error',
      plugins: [patching(patches)],
    });
    return createRequire(import.meta.url)(outfile);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function patching(patches) {
  return {
    name: 'patching',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
        const ofFile = patches.filter((patch) => path.join(root, patch.file) === file);
        if (ofFile.length === 0) return undefined;
        return { contents: ofFile.reduce(applyPatch, readFileSync(file, 'utf8')), loader: 'ts' };
      });
    },
  };
}

function applyPatch(source, { file, find, replace }) {
  if (source.split(find).length !== 2) throw new Error(`not exactly once in ${file}: ${find}`);
  return source.replace(find, () => replace);
}
