/** The version of the functions that `crypto.wasm` exports. The runtime checks it when it loads the module, the presets when they compile it. */

/** What `abi()` of the template's `crypto.asm.ts` has to return. Another number for each change of its functions or of their meaning. */
export const BLACK_BOX_ABI = 1;

/**
 * Compares a black box with this version of the package.
 * @param instance The instantiated module.
 * @returns what is wrong and what to do about it, in whole sentences; undefined where it fits
 */
export function explainAbiMismatch(instance: {
  readonly exports: { readonly [name: string]: unknown };
}): string | undefined {
  const { abi } = instance.exports;
  const found = typeof abi === 'function' ? Number(abi()) : undefined;
  if (found === BLACK_BOX_ABI) return undefined;
  const [what, remedy] =
    found !== undefined && found > BLACK_BOX_ABI
      ? [`has interface ${found} and is newer`, 'npm install zero-backend-sync@latest']
      : [
          `${found === undefined ? 'does not export abi()' : `has interface ${found}`} and is older`,
          'npx zero-backend-sync update',
        ];
  return `The black box (crypto.asm.ts) ${what} than the installed zero-backend-sync, which needs interface ${BLACK_BOX_ABI}. Run "${remedy}".`;
}
