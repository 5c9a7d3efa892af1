/**
 * What tests of Vitest need before they can import the engine: the globals that Node or jsdom lack, an IndexedDB in memory, and one copy of RxDB with the
 * timers of before a test has faked them.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import type { UserConfig } from 'vite' with { 'resolution-mode': 'import' };

/** The settings of Vitest that are looked at. */
interface TestSettings {
  readonly browser?: { readonly enabled?: boolean };
  readonly server?: { readonly deps?: { readonly inline?: unknown } };
}

const { resolve } = createRequire(__filename);

/** @param user With the settings of Vitest under `test`. In a browser there is nothing to add. */
export function testSettings(user: UserConfig): object {
  const { test = {} } = user as { readonly test?: TestSettings };
  if (test.browser?.enabled === true) return {};
  const isAllInlined = test.server?.deps?.inline === true;
  return {
    setupFiles: [path.join(__dirname, '../jest/setup.js'), resolve('fake-indexeddb/auto')],
    // What is not inlined is Node's to load: it would have no plugin to give it its timers, and a copy of its own beside what the user inlines.
    ...(!isAllInlined && {
      server: { deps: { inline: [/[\\/](?:zero-backend-sync|rxdb|custom-idle-queue|oblivious-set)[\\/]/] } },
    }),
  };
}
