/** `npm run bench -- NAME [--json FILE]` runs bench/NAME.ts; without a name it lists them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

const [name, ...rest] = process.argv.slice(2);
const benches = readdirSync('bench').flatMap((file) =>
  /^[a-z-]+\.ts$/.test(file) && file !== 'report.ts' ? [file.slice(0, -3)] : [],
);
if (!name || !existsSync(`bench/${name}.ts`)) {
  process.stderr.write(`Name a bench: ${benches.join(', ')}.\n`);
  process.exit(2);
}
const { status } = spawnSync(process.execPath, ['--import', 'tsx', `bench/${name}.ts`, ...rest], { stdio: 'inherit' });
process.exit(status ?? 1);
