/** The tabs of one database, over locks and a channel that a test owns. */
import type { Locks, TabMessage } from '../../../src/runtime/contracts/tabs';
import { createTabElection } from '../../../src/runtime/replica/tab-election';
import { OwnedClock, settle } from '../../support/owned-clock';

const PING_MS = 250;
const SILENCE_MS = 1_000;

const tabs: { stop(): void }[] = [];
afterEach(() => tabs.splice(0).forEach((tab) => tab.stop()));

/** A frozen tab keeps its locks, and hears and posts nothing. */
function createBrowser() {
  const clock = new OwnedClock();
  const locks = createLocks();
  const members = new Map<string, { hear?: (message: TabMessage) => void; isFrozen: boolean }>();

  function openTab(tabId: string) {
    const member: { hear?: (message: TabMessage) => void; isFrozen: boolean } = { isFrozen: false };
    members.set(tabId, member);
    const tab = {
      acquired: 0,
      freeze: () => void (member.isFrozen = true),
      election: createTabElection({
        ...{ name: 'db', tabId, locks, clock, pingMs: PING_MS, silenceMs: SILENCE_MS },
        channel: {
          post: (message) => {
            if (member.isFrozen) return;
            for (const [id, other] of members) if (id !== tabId && !other.isFrozen) other.hear?.(message);
          },
          onMessage: (listener) => (member.hear = listener),
          close: () => members.delete(tabId),
        },
        onAcquired: () => (tab.acquired += 1),
        ...{ onLost: () => {}, onTabEnded: () => {}, onTabJoined: () => {}, onMessage: () => {} },
      }),
    };
    tabs.push(tab.election);
    tab.election.start();
    return tab;
  }
  return { clock, openTab };
}

/** As the Web Locks of a browser: one holder, a queue, and requests that steal. */
function createLocks(): Locks {
  const held = new Map<string, { rob: (error: Error) => void }>();
  const queues = new Map<string, (() => void)[]>();
  return {
    request(name, { signal, steal = false }, hold) {
      return new Promise<void>((resolve, reject) => {
        const queue = queues.get(name) ?? [];
        queues.set(name, queue);
        const take = () => {
          const mine = { rob: reject };
          held.set(name, mine);
          void hold().then(() => {
            resolve();
            if (held.get(name) !== mine) return;
            held.delete(name);
            queue.shift()?.();
          });
        };
        signal?.addEventListener('abort', () => {
          const at = queue.indexOf(take);
          if (at >= 0) queue.splice(at, 1);
          reject(new DOMException('Aborted.', 'AbortError'));
        });
        const holder = held.get(name);
        if (steal) holder?.rob(new DOMException('Stolen.', 'AbortError'));
        if (!holder || steal) take();
        else queue.push(take);
      });
    },
  };
}

describe('the lock of a tab that is frozen', () => {
  test.each<[string, number]>([
    ['stands still', 0],
    ['is set back by an hour', -3_600_000],
    ['is set back by less than the silence', -900],
    ['is set forward by an hour', 3_600_000],
  ])('is taken over as soon where the wall clock %s', async (_what, jumpMs) => {
    const { clock, openTab } = createBrowser();
    const holder = openTab('holder');
    await settle();
    const waiting = openTab('waiting');
    await clock.advance(5_000);
    holder.freeze();
    clock.jump(jumpMs);
    const monotonic = clock.monotonic();
    await clock.advance(SILENCE_MS + 3 * PING_MS);
    expect(clock.monotonic() - monotonic).toBe(SILENCE_MS + 3 * PING_MS);
    expect(waiting.acquired).toBe(1);
    expect(waiting.election.holding).toBe(true);
  });
});

test.each([-3_600_000, 3_600_000])(
  'a tab that answers keeps its lock when the wall clock jumps by %p ms',
  async (jumpMs) => {
    const { clock, openTab } = createBrowser();
    const holder = openTab('holder');
    await settle();
    const waiting = openTab('waiting');
    await clock.advance(5_000);
    clock.jump(jumpMs);
    await clock.advance(5_000);
    expect([holder.election.holding, waiting.acquired]).toEqual([true, 0]);
  },
);

describe('a tab that stands back', () => {
  test('lets the tab that waits have the lock at once, and does not take it from it', async () => {
    const { clock, openTab } = createBrowser();
    const first = openTab('first');
    await settle();
    const second = openTab('second');
    await settle();
    first.election.standBack(60_000);
    await settle();
    expect([first.election.holding, second.election.holding]).toEqual([false, true]);
    await clock.advance(120_000);
    expect([first.acquired, second.election.holding]).toEqual([1, true]);
  });

  test('takes the lock again after the time it was given, and not before, though nobody else has it', async () => {
    const { clock, openTab } = createBrowser();
    const tab = openTab('only');
    await settle();
    tab.election.standBack(60_000);
    await clock.advance(59_000);
    expect(tab.acquired).toBe(1);
    await clock.advance(2_000);
    expect(tab.acquired).toBe(2);
  });
});
