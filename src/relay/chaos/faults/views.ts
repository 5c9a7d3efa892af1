/** Relays that show each reader something else, or the past, and devices of another age. */
import { createHash } from 'node:crypto';
import { addressOf } from '../../event';
import type { NostrEvent } from '../../event';
import { Effect, defineFault, perLink, publishedEvent, servedEvent } from '../fault';
import type { Chaos, Fault, Link } from '../fault';

const section = 'views';

const emptySince = perLink<Chaos, { readonly published: Set<string> }>(() => ({ published: new Set() }));
/** Subscriptions whose page was ended before the relay has ended it. */
const endedEarly = perLink<Link, { readonly ids: Set<string> }>(() => ({ ids: new Set() }));
const numbering = perLink<Chaos, { next: number }>(() => ({ next: 0 }));
const numbers = perLink<Link, { value: number | undefined }>(() => ({ value: undefined }));
const replays = perLink<Link, { due: number; turn: number }>(() => ({ due: 0, turn: 0 }));

/** Connections count from 0. */
function numberOf(link: Link): number {
  const own = numbers(link);
  own.value ??= numbering(link.chaos).next++;
  return own.value;
}

/** Which part of `parts` an event belongs to: the same for all versions of an address, and on every proxy. */
function partOf(event: NostrEvent, parts: number): number {
  const name = addressOf(event) ?? event.id;
  return createHash('sha256').update(name).digest().readUInt32BE() % Math.max(1, Math.floor(parts));
}

/** All but the newest version of every address, in turn. */
function nextOldVersion(chaos: Chaos, turn: number): NostrEvent | undefined {
  const old = [...chaos.memory.allVersions()].flatMap((versions) => versions.slice(0, -1));
  return old[turn % Math.max(1, old.length)];
}

export const viewFaults: readonly Fault[] = [
  defineFault({
    name: 'empty-answers-first',
    section,
    sentence:
      'The relay has been wiped, and ends every page at once, before any other relay can have answered; what is published from now on is there.',
    holds: 'It decides nothing: `synced()` waits for the relays that have not been read, and everything is read.',
    settings: {},
    inject: {
      onSwitchedOn(chaos) {
        emptySince(chaos).published.clear();
        return Effect.None;
      },
      fromClient(frame, link) {
        const { published } = emptySince(link.chaos);
        const event = publishedEvent(frame);
        if (event) published.add(event.id);
        if (frame.message?.[0] !== 'REQ' || published.size > 0) return Effect.None;
        const id = String(frame.message[1]);
        endedEarly(link).ids.add(id);
        link.toClient('EOSE', id);
        return Effect.Passed;
      },
      fromRelay(frame, link) {
        const { published } = emptySince(link.chaos);
        const served = servedEvent(frame);
        if (served) {
          const isLive = link.subscriptions.get(served.id)?.isLive ?? false;
          return isLive || published.has(served.event.id) ? Effect.None : Effect.Taken;
        }
        const isEnd = frame.message?.[0] === 'EOSE' && endedEarly(link).ids.delete(String(frame.message[1]));
        return isEnd ? Effect.Taken : Effect.None;
      },
    },
  }),
  defineFault({
    name: 'split-view',
    section,
    sentence:
      'Each connection is shown another one of `parts` parts of the addresses, stored and live, and told that this is all.',
    holds:
      'What is missing is found by comparison with the other relays and fetched there; nothing is called lost, and every device has everything.',
    settings: { parts: 2 },
    inject: {
      onOpen(link) {
        numberOf(link);
        return Effect.None;
      },
      fromRelay(frame, link, { parts }) {
        const served = servedEvent(frame);
        if (!served) return Effect.None;
        return partOf(served.event, parts) === numberOf(link) % Math.max(1, Math.floor(parts))
          ? Effect.None
          : Effect.Taken;
      },
    },
  }),
  defineFault({
    name: 'old-versions-rebroadcast',
    section,
    sentence:
      'Third parties publish the earlier versions of each address again and again; live subscriptions get `perSecond` of them a second.',
    holds:
      'They change nothing and cost no signature check: a version that was opened before is dropped by address and nonce. The relay is not blamed for it.',
    settings: { perSecond: 20 },
    inject: {
      onTick(link, elapsedMs, { perSecond }) {
        const state = replays(link);
        state.due += (elapsedMs * perSecond) / 1000;
        let sent = 0;
        for (; state.due >= 1; state.due -= 1) {
          const event = nextOldVersion(link.chaos, state.turn++);
          if (!event) break;
          for (const [id, { isLive, filters }] of link.subscriptions) {
            if (!isLive || !isOfAuthors(filters, event)) continue;
            link.toClient('EVENT', id, event);
            sent += 1;
          }
        }
        state.due %= 1;
        return sent > 0 ? Effect.Passed : Effect.None;
      },
    },
  }),
  defineFault({
    name: 'newer-envelope',
    section,
    sentence:
      'A newer version, rightly signed by the user, whose envelope has version `version`, as a device writes whose app was upgraded, comes first.',
    holds:
      'It is kept as it came and offered to the relays that lack it, the status says that an update is needed, and it never counts as misbehaviour.',
    settings: { version: 2 },
    needsKey: true,
    inject: {
      fromRelay(frame, link, { version }) {
        const served = servedEvent(frame);
        if (!served) return Effect.None;
        const { kind, tags, content } = served.event;
        const created_at = served.event.created_at + 1;
        link.toClient(
          'EVENT',
          served.id,
          link.chaos.signAsUser({ kind, tags, created_at, content: upgrade(content, version) }),
        );
        return Effect.Passed;
      },
    },
  }),
];

function isOfAuthors(filters: readonly unknown[], event: NostrEvent): boolean {
  return filters.some((filter) => {
    const { authors, ids } = (filter ?? {}) as { authors?: readonly string[]; ids?: unknown };
    return ids === undefined && (authors === undefined || authors.includes(event.pubkey));
  });
}

/** docs/protocol.md, section 2: the first byte of an envelope is its version. What follows no build of today can read. */
function upgrade(content: string, version: number): string {
  const envelope = Buffer.from(content, 'base64');
  const rest = createHash('sha512').update(envelope).digest();
  return Buffer.concat([Buffer.of(version), rest, envelope.subarray(1 + rest.length)]).toString('base64');
}
