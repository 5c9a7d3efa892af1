/**
 * The black box among the modules that are compiled: the settings that it cannot be without, and what is looked at before it is written.
 * Its memory holds the salt and the keys of a user. Nothing of the page may reach it but by the functions of `crypto.asm.ts`.
 */
import { BLACK_BOX_ABI, explainAbiMismatch } from '../runtime/crypto/black-box-abi';
import { KitError } from './kit-error';

/** The path of the source below the template's folder. */
export const blackBoxSource = 'worker/crypto.asm.ts';

/**
 * These win over asconfig.json and the options of the preset, which may be made for other modules of the app: what keeps the memory closed and
 * small, and what a derivation would be ten times slower without.
 */
export const blackBoxFlags: readonly string[] = [
  ...['--noExportMemory', '--initialMemory', '1', '--maximumMemory', '1'],
  ...['--runtime', 'stub', '--optimizeLevel', '3', '--shrinkLevel', '0'],
];

/**
 * @param entry For the message.
 * @throws KitError BLACK_BOX_UNSAFE or BLACK_BOX_ABI
 */
export function checkBlackBox(bytes: Uint8Array, entry: string): void {
  const module = new WebAssembly.Module(bytes as BufferSource);
  const openings = [
    ...WebAssembly.Module.imports(module).map(({ module: from, name, kind }) => `imports the ${kind} ${from}.${name}`),
    ...WebAssembly.Module.exports(module)
      .filter(({ kind }) => kind !== 'function')
      .map(({ name, kind }) => `exports the ${kind} ${name}`),
  ];
  if (openings.length > 0) throw unsafe(entry, openings);

  const mismatch = explainAbiMismatch(new WebAssembly.Instance(module));
  if (mismatch !== undefined) {
    throw new KitError(
      'BLACK_BOX_ABI',
      `${entry} compiles, but the engine could not derive keys with it. ${mismatch} ` +
        `A file that you have changed yourself has to export abi() as the template does, which returns ${BLACK_BOX_ABI}.`,
    );
  }
}

function unsafe(entry: string, openings: readonly string[]): KitError {
  return new KitError(
    'BLACK_BOX_UNSAFE',
    `${entry} would be compiled to a module that ${openings.join(', ')}. The black box holds the salt and the user's keys: it imports nothing and ` +
      'exports functions only, so that no other code of the page can read them. Look in asconfig.json and at assemblyScript.flags of ' +
      'the preset for importMemory, importTable, exportTable, exportRuntime, bindings or "use", and in the source for declarations; remove ' +
      'what you find. Other modules of the app can be compiled with settings of their own by npx asc.',
  );
}
