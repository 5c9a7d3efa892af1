/** What the built files hold, and how they are served. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { scanForSalt } from '../../preset/salt-scan';
import { isWasm } from './build-server';
import { failed, type VerifyCheck } from './check';

export const saltAbsent: VerifyCheck = {
  id: 'salt',
  title: 'The salt is in no bundle',
  async run({ salt, build }) {
    if (salt === null)
      return failed(
        'This computer does not have the salt, so it cannot be looked for (npx zero-backend-sync salt import).',
      );
    const hits = scanForSalt(salt, [build]);
    const [hit] = hits;
    if (hit !== undefined)
      return {
        passed: false,
        says: `It stands in ${path.relative(build, hit.file)} as ${hit.form}.`,
        figures: { places: hits.length },
      };
    return {
      passed: true,
      says: 'It was looked for in every file and inside every WASM module, in all forms that compilers leave behind.',
      figures: { places: 0, files: filesBelow(build).length },
    };
  },
};

export const wasm: VerifyCheck = {
  id: 'wasm',
  title: 'WASM is served as application/wasm',
  async run({ build, server }) {
    const modules = filesBelow(build).filter((file) => isWasm(fs.readFileSync(file)));
    const misnamed = modules.filter((file) => !file.endsWith('.wasm'));
    if (misnamed[0] !== undefined)
      return failed(
        `${path.relative(build, misnamed[0])} is a module without the extension .wasm, so no host serves it as application/wasm.`,
      );
    const wrong = server.served.find(
      (served) =>
        (served.isModule && !served.type.startsWith('application/wasm')) ||
        (served.path.endsWith('.wasm') && served.status !== 200),
    );
    if (wrong !== undefined) return failed(`${wrong.path} gave ${wrong.status} ${wrong.type}.`);
    return {
      passed: true,
      says:
        modules.length === 0
          ? 'The module is a part of the JavaScript: there is no file that a host could serve wrongly.'
          : `${modules.length} modules are served as application/wasm.`,
      figures: { modules: modules.length },
    };
  },
};

function filesBelow(folder: string): readonly string[] {
  return fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}
