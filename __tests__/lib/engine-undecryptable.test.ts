/** Relays that hold what was signed with the user's keys and cannot be read. */
import { firstValueFrom } from 'rxjs';
import { filter } from 'rxjs/operators';
import { UndecryptableReason } from '../../src/runtime/core/status';
import { signTemplate } from '../../src/runtime/core/nostr';
import { startRelay } from '../../src/relay';
import type { NostrEvent } from '../../src/relay';
import { fakeBlackBox, keys } from '../runtime/crypto/vault-support';
import { openElsewhere } from '../support/browser-device';

jest.setTimeout(30_000);

const at = (d: string, content: Uint8Array | string): NostrEvent =>
  signTemplate(
    {
      ...{ kind: 30_078, created_at: Math.floor(Date.now() / 1000) - 60, tags: [['d', d.repeat(32)]] },
      content: typeof content === 'string' ? content : Buffer.from(content).toString('base64'),
    },
    keys.sign,
  );

test('they are in the status, each event once, with the relays and the reasons; nothing else is disturbed', async () => {
  const relays = await Promise.all(['one', 'two', 'three'].map((name) => startRelay({ name })));
  const urls = relays.map(({ url }) => url);
  const sealedOtherwise = at('a', Buffer.concat([Buffer.from([1]), Buffer.alloc(512 + 28, 7)]));
  const malformed = ['not base64!', '', Buffer.alloc(512 + 29)].map((content, index) => at(`${index}`, content));
  const newer = at('b', Buffer.from([2, 0, 0]));
  const forged = { ...at('c', ''), sig: '0'.repeat(128) };
  relays[0]!.restore({ events: [sealedOtherwise, ...malformed, newer, forged] });
  relays[1]!.restore({ events: [sealedOtherwise] });

  const open = () =>
    openElsewhere({ identity: ['somebody'], relays: urls }, { loadBlackBox: async () => fakeBlackBox() });
  const [engine, other] = [await open(), await open()];
  try {
    const isTold = ({ undecryptable, undecryptableFrom }: typeof engine.status) =>
      undecryptable === 4 && undecryptableFrom.length === 3;
    const { undecryptableFrom, damaged, quarantined } = await firstValueFrom(engine.status$.pipe(filter(isTold)));
    expect(undecryptableFrom[0]).toEqual({ relay: urls[0], reason: UndecryptableReason.Malformed, count: 3 });
    expect(new Set(undecryptableFrom.slice(1))).toEqual(
      new Set(urls.slice(0, 2).map((relay) => ({ relay, reason: UndecryptableReason.WrongKey, count: 1 }))),
    );
    expect([damaged, quarantined]).toEqual([0, 0]);
    await engine.patch('notes', 'n', { title: 'beside them', order: 1 });
    await firstValueFrom(other.db.notes.findOne('n').$.pipe(filter((note) => note?.title === 'beside them')));
    expect(engine.status).toMatchObject({ undecryptable: 4, problems: [] });
  } finally {
    await Promise.all([engine, other].map((device) => device.close()));
    await Promise.all(relays.map((relay) => relay.stop()));
  }
});
