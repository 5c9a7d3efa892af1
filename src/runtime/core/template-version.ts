/** The version of the template that this runtime works with: the eight files of an app say the same number in `types`, or a build reports it. */
export const TEMPLATE_VERSION = 1;
