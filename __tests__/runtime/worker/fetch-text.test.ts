import { createFetchText } from '../../../src/runtime/worker/fetch-text';

type Violation = { readonly effectiveDirective: string; readonly blockedURI: string };

function scene() {
  const asked: string[] = [];
  let listener: (violation: Violation) => void = () => {};
  const fetchText = createFetchText({
    fetch: async (url) => {
      asked.push(url);
      return { ok: true, body: null };
    },
    addEventListener: (_type, given) => (listener = given),
  });
  const ask = (url: string) => fetchText(url, {} as never).catch((error: Error) => error.name);
  return { ask, asked, violate: (violation: Violation) => listener(violation) };
}

test('an address that the policy forbids is asked once', async () => {
  const { ask, asked, violate } = scene();
  await ask('https://a.example/');
  violate({ effectiveDirective: 'connect-src', blockedURI: 'https://a.example/' });
  expect(await ask('https://a.example/nip11')).toBe('TypeError');
  await ask('https://b.example/');
  expect(asked).toEqual(['https://a.example/', 'https://b.example/']);
});

test.each([
  ['of something else', { effectiveDirective: 'img-src', blockedURI: 'https://a.example/' }],
  ['of a WebSocket', { effectiveDirective: 'connect-src', blockedURI: 'wss://a.example/' }],
  ['without an address', { effectiveDirective: 'connect-src', blockedURI: 'inline' }],
])('a report %s forbids no address', async (_which, violation) => {
  const { ask, asked, violate } = scene();
  violate(violation);
  await ask('https://a.example/');
  expect(asked).toEqual(['https://a.example/']);
});

test('a platform without such reports is asked as it is', async () => {
  const fetchText = createFetchText({ fetch: async () => ({ ok: false, body: null }) });
  expect(await fetchText('https://a.example/', {} as never)).toEqual({ ok: false, body: null });
});
