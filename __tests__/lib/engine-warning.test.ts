/** A guessable identity is told to the developer, once, and to nobody else. */
import { ErrorCode } from '../../src/runtime/core/errors';
import { ToPage } from '../../src/lib/types';
import type { MessageToPage } from '../../src/lib/types';
import { noBorders, openInBrowser } from '../support/browser-device';

let warn: jest.SpyInstance;
const { NODE_ENV } = process.env;
beforeEach(() => {
  warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
});
afterEach(() => {
  jest.restoreAllMocks();
  Object.assign(process.env, { NODE_ENV });
});

/** Opens and closes an engine; returns what its worker warned of and what the console was told. */
async function open(environment: string, identity: readonly string[], secret?: string) {
  Object.assign(process.env, { NODE_ENV: environment });
  const borders = noBorders();
  const engine = await openInBrowser({ identity, secret, relays: [] }, borders);
  await engine.close();
  const warnings = (borders.toPage as MessageToPage[]).flatMap((message) =>
    message.type === ToPage.Warning ? [message.problem] : [],
  );
  const said = warn.mock.calls.map(([text]) => String(text)).filter((text) => text.includes('zero-backend-sync'));
  warn.mockClear();
  return { warnings, said };
}

test('in production and with a secret nothing is said, in development it is said once and without the identity', async () => {
  expect((await open('production', ['ada@example.org'])).said).toEqual([]);
  expect(await open('development', ['ada@example.org'], 'a secret')).toEqual({ warnings: [], said: [] });
  expect(await open('development', ['ada@example.org', '8d8ac610-566d-4ef0'])).toEqual({ warnings: [], said: [] });

  const { warnings, said } = await open('development', ['ada@example.org']);
  expect(warnings.map(({ code }) => code)).toEqual([ErrorCode.IdentityGuessable]);
  expect(said).toHaveLength(1);
  expect(said[0]).toContain(ErrorCode.IdentityGuessable);
  expect(said[0]).toContain('docs/threat-model.md');
  expect(said[0]).not.toContain('ada@example.org');
  expect((await open('development', ['4711'])).said).toEqual([]);
});
