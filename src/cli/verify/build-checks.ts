/** What the built files hold, and how they are served. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { scanForSalt } from '../../preset/salt-scan';
import { failed, passed, type VerifyCheck } from './check';
import { VerifyCode } from './failure';
import { filesBelow } from './test-bed/build-files';
import { isWasm } from './test-bed/build-server';

export const saltAbsent: VerifyCheck = {
  id: 'salt',
  title: 'The salt is in no bundle',
  needs: 'records',
  async run({ salt, build }) {
    if (salt === null)
      return failed(
        VerifyCode.SaltUnknown,
        'This computer does not have the salt, so it cannot be looked for (npx zero-backend-sync salt import).',
      );
    const hits = scanForSalt(salt, [build]);
    const [hit] = hits;
    if (hit !== undefined)
      return failed(
        VerifyCode.SaltInBundle,
        `It stands in ${path.relative(build, hit.file)} as ${hit.form}. Take it out of the source and build again.`,
        { places: hits.length },
      );
    return passed(
      'It was looked for in every file and inside every WASM module, in all forms that compilers leave behind.',
      { places: 0, files: filesBelow(build).length },
    );
  },
};

export const wasm: VerifyCheck = {
  id: 'wasm',
  title: 'WASM is served as application/wasm',
  needs: 'records',
  async run({ build, server }) {
    const modules = filesBelow(build).filter((file) => isWasm(fs.readFileSync(file)));
    const misnamed = modules.filter((file) => !file.endsWith('.wasm'));
    if (misnamed[0] !== undefined)
      return failed(
        VerifyCode.WasmType,
        `${path.relative(build, misnamed[0])} is a module without the extension .wasm, so no host serves it as application/wasm.`,
      );
    const wrong = server.served.find(
      (served) =>
        (served.isModule && !served.type.startsWith('application/wasm')) ||
        (served.path.endsWith('.wasm') && served.status !== 200),
    );
    if (wrong !== undefined) return failed(VerifyCode.WasmType, `${wrong.path} gave ${wrong.status} ${wrong.type}.`);
    return passed(
      modules.length === 0
        ? 'The module is a part of the JavaScript: there is no file that a host could serve wrongly.'
        : `${modules.length} modules are served as application/wasm.`,
      { modules: modules.length },
    );
  },
};
