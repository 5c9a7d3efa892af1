/** What headless Chromium needs to run in containers and to stay off the network. */
export const browserArguments: readonly string[];
/** The path of a browser; throws an Error that says how to get one. */
export function ensureBrowser(): string;
