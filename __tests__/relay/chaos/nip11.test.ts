import { describeFaults } from './scene';
import type { Scene } from './scene';

const urlOf = ({ proxy }: Scene): string => proxy.url.replace('ws:', 'http:');
const ask = (scene: Scene, how: RequestInit = {}): Promise<Response> =>
  fetch(urlOf(scene), { headers: { accept: 'application/nostr+json' }, ...how });

/** The document under the fault, readable from any page, beside the one without. */
async function documents(scene: Scene): Promise<readonly [truth: Document, claimed: Document]> {
  const truth = (await (await ask(scene)).json()) as Document;
  scene.on();
  const answer = await ask(scene);
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  expect(answer.headers.get('content-type')).toBe('application/nostr+json');
  return [truth, (await answer.json()) as Document];
}

interface Document {
  readonly name: unknown;
  readonly limitation: Readonly<Record<string, unknown>>;
}

async function isRedirected(scene: Scene, location: string): Promise<void> {
  scene.on({});
  const answer = await ask(scene, { redirect: 'manual' });
  expect([answer.status, answer.headers.get('location')]).toEqual([302, location]);
  expect(answer.headers.get('access-control-allow-origin')).toBe('*');
  await expect(ask(scene, { redirect: 'error' })).rejects.toThrow();
}

describeFaults(['nip-11'], {
  'nip11-tiny-limits': async (scene) => {
    const [truth, { name, limitation }] = await documents(scene);
    expect(limitation).toEqual({
      ...truth.limitation,
      max_message_length: 1,
      max_content_length: 1,
      max_limit: 1,
    });
    expect(name).toBe(truth.name);
  },
  'nip11-huge-limits': async (scene) => {
    const [, { limitation }] = await documents(scene);
    expect(limitation).toMatchObject({ max_message_length: 1e300, max_limit: 1e300 });
  },
  'nip11-wrong-types': async (scene) => {
    const [, { name, limitation }] = await documents(scene);
    expect(typeof name).toBe('object');
    expect(limitation).toMatchObject({ max_message_length: '16384', max_limit: [500], default_limit: null });
  },
  'nip11-no-document': async (scene) => {
    scene.on();
    const answer = await ask(scene);
    expect(answer.status).toBe(200);
    await expect(answer.json()).rejects.toThrow();
  },
  'nip11-endless': async (scene) => {
    scene.on({ bytesPerSecond: 50_000 });
    const answer = await ask(scene);
    const reader = answer.body!.getReader();
    let bytes = 0;
    while (bytes < 20_000) {
      scene.clock.advance(100);
      const { done, value } = await reader.read();
      expect(done).toBe(false);
      bytes += value!.length;
    }
    await reader.cancel();
  },
  'nip11-redirect': (scene) => isRedirected(scene, 'http://127.0.0.1:9/'),
  'nip11-redirect-loop': (scene) => isRedirected(scene, `${urlOf(scene)}/`),
});
