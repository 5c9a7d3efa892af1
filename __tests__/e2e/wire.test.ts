/** What leaves a device is ciphertext: captured at the relays and read from what they persist. */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { setStage } from '../../bench/support/stage';
import { openEngine, patch, untilDocument, untilDurable } from './support';

const IDENTITY = 'grace.hopper@example.org';
const SECRETS = [
  'Compiler-Notebook',
  'nanosecond-of-wire',
  'folder-of-admirals',
  'doc-id-0042',
  'items',
  IDENTITY,
  'grace.hopper',
];
const EDITS = 25;
// Each test builds an app of its own.
jest.setTimeout(400_000);

/** Everything that relays were sent and everything they keep, in an app with the given patches of the kit. */
async function capture(patches: { readonly [file: string]: (text: string) => string }): Promise<readonly string[]> {
  const stage = await setStage({}, { patch: patches });
  try {
    const frames: string[] = [];
    for (const relay of stage.relays) relay.onFrame((frame) => frames.push(frame.text));
    const [a, b] = [await stage.openDevice({ identity: IDENTITY }), await stage.openDevice({ identity: IDENTITY })];
    await openEngine(a.page);
    await openEngine(b.page);
    for (let edit = 0; edit < EDITS; edit++) {
      await patch(a.page, 'doc-id-0042', {
        title: `Compiler-Notebook ${edit}`,
        body: 'nanosecond-of-wire',
        folder: 'folder-of-admirals',
        order: 1,
      });
      await untilDocument(b.page, 'doc-id-0042', (item) => item?.title === `Compiler-Notebook ${edit}`);
    }
    await untilDurable(a.page);
    const files = await readdir(stage.data);
    const persisted = await Promise.all(files.map((file) => readFile(join(stage.data, file), 'latin1')));
    expect(frames.length).toBeGreaterThanOrEqual(50);
    expect(persisted.join('').length).toBeGreaterThan(1000);
    return [...frames, ...persisted];
  } finally {
    await stage.close();
  }
}

/** The secrets that somebody finds who decodes base64 and tries to inflate from any byte near the beginning. */
function leaks(texts: readonly string[]): readonly string[] {
  const found = new Set<string>();
  const search = (text: string) =>
    SECRETS.filter((secret) => text.includes(secret)).forEach((secret) => found.add(secret));
  for (const text of texts) {
    search(text);
    for (const [encoded] of text.matchAll(/[A-Za-z0-9+/]{100,}={0,2}/g)) {
      const bytes = Buffer.from(encoded, 'base64');
      search(bytes.toString('latin1'));
      for (let offset = 0; offset < 40; offset++) search(tryToInflate(bytes.subarray(offset)));
    }
  }
  return [...found];
}

function tryToInflate(bytes: Buffer): string {
  try {
    return inflateRawSync(bytes, {
      finishFlush: 2 /* Z_SYNC_FLUSH: a truncated or padded stream is read as far as it goes */,
    }).toString();
  } catch {
    return '';
  }
}

test('no value, id, collection name or identity is on the wire or in a relay', async () => {
  expect(leaks(await capture({}))).toEqual([]);
});

test('the same search finds them in a build whose sealing is the identity function', async () => {
  const unsealed = {
    'crypto/envelope.js': (text: string) =>
      text
        .replace(
          /await crypto\.subtle\.encrypt\([^;]*padded\);/,
          'new Uint8Array([...padded, ...new Uint8Array(tagBytes)]);',
        )
        .replace(
          /await crypto\.subtle\.decrypt\([^;]*\);/,
          'new Uint8Array(envelope.subarray(headBytes, -tagBytes)).buffer;',
        ),
  };
  const found = leaks(await capture(unsealed));
  expect(found).toEqual(expect.arrayContaining(['Compiler-Notebook', 'doc-id-0042', 'items']));
});
