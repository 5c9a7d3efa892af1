/** An `undo` may run when the packages of the kit are gone already, from a copy of the program that is still there. */
import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { outcomeOf } from '../../../src/cli/execute';

const repository = path.resolve(__dirname, '../../..');
const { dependencies } = JSON.parse(readFileSync(path.join(repository, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>;
};

/** Packages outside of the program's bundle that a module loads, or one of those that it imports, before anything is run. */
function loadedPackages(file: string, seen = new Set<string>()): readonly string[] {
  if (seen.has(file)) return [];
  seen.add(file);
  const statements = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export)\s+(type\s)?[^;]*?\bfrom '([^']+)';|^import '([^']+)';/gm,
  );
  return [...statements].flatMap(([, isType, from, bare]) => {
    const specifier = from ?? bare ?? '';
    if (isType !== undefined) return [];
    if (!specifier.startsWith('.')) return Object.keys(dependencies).filter((name) => specifier.split('/')[0] === name);
    const target = path.resolve(path.dirname(file), specifier);
    const found = [`${target}.ts`, `${target}/index.ts`].find((candidate) => existsSync(candidate));
    return found === undefined ? [] : loadedPackages(found, seen);
  });
}

test.each(['index.ts', 'commands/undo.ts', 'commands/salt.ts', 'commands/update.ts'])('%s loads none', (file) => {
  expect(loadedPackages(path.join(repository, 'src/cli', file))).toEqual([]);
});

test('doctor loads one, so the search for them finds what there is', () => {
  expect(loadedPackages(path.join(repository, 'src/cli/commands/doctor.ts'))).toContain('ws');
});

test('a command that misses its packages says so, without a stack', async () => {
  const missing = Object.assign(new Error("Cannot find module 'ws'\nRequire stack:\n- /a/b.js"), {
    code: 'MODULE_NOT_FOUND',
  });
  const { status, json } = await outcomeOf(() => Promise.reject(missing));
  expect([status, json]).toEqual([
    1,
    { code: 'PACKAGES_MISSING', message: expect.stringMatching(/^Cannot find module 'ws': .*npm ci/) },
  ]);
});
