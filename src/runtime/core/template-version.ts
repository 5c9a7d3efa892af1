/** The version of the template's files that this runtime fits. `types.ts` of the template exports the one it was written for. */
export const TEMPLATE_VERSION = 1;
