/** The version of the template (`src/lib` of an app) that this runtime works with. The template's `types.ts` has its own; both have to be equal. */
export const TEMPLATE_VERSION = 1;

/** The version of this package, as its package.json has it. */
export const KIT_VERSION = '0.1.0';
