/**
 * The order of a list as numbers, one in each document: moving an item changes the number of that item. They are whole numbers far apart, and what is added
 * at the end takes the time, so that what several devices add while they do not hear of each other sorts by time; what is added at the beginning takes it negated.
 */

/** Between two neighbours there is room for ten items, halving each time, before a third has to be renumbered. */
const STEP = 1024;

/** For each item that is renumbered, so that the next one finds room there. */
const ROOM_AFTERWARDS = 64;

/** Orders by id. */
export type Orders = ReadonlyMap<string, number>;

/** By number, of equal ones by id, so that all devices show the same. What has no number comes last. */
export function compareOrders(orders: Orders): (one: string, other: string) => number {
  return (one, other) => {
    const [a, b] = [orders.get(one) ?? Infinity, orders.get(other) ?? Infinity];
    if (a !== b) return a < b ? -1 : 1;
    return one < other ? -1 : Number(one > other);
  };
}

/** Orders of a list that nobody has ordered: the same on every device. */
export const initialOrders = (ids: readonly string[]): Orders => new Map(ids.map((id, at) => [id, at * STEP]));

/**
 * The orders of a sequence of ids, of which as few as possible differ from those that they have.
 * @param now wall-clock time in ms.
 */
export function ordersOf(ids: readonly string[], orders: Orders, now: number): Orders {
  const kept = longestSorted(ids, orders);
  const next = new Map<string, number>();
  let at = 0;
  let low = -Infinity;
  while (at < ids.length) {
    let end = at;
    // What has to find room before the next one that stays. Without room that one is renumbered, too.
    let needed = 1;
    for (; end < ids.length; end += 1) {
      if (!kept.has(ids[end]!)) continue;
      if (hasRoom(low, orders.get(ids[end]!)!, (end - at) * needed)) break;
      needed = ROOM_AFTERWARDS;
    }
    const high = end < ids.length ? orders.get(ids[end]!)! : Infinity;
    const between = ids.slice(at, end);
    between.forEach((id, index) => next.set(id, numberBetween({ low, high, index, count: between.length, now })));
    if (end < ids.length) next.set(ids[end]!, high);
    low = end < ids.length ? high : Infinity;
    at = end + 1;
  }
  return next;
}

/** Equal neighbours may stay as they are: their ids say which is first. */
const hasRoom = (low: number, high: number, room: number): boolean => (room === 0 ? high >= low : high - low > room);

interface Room {
  readonly low: number;
  readonly high: number;
  readonly index: number;
  readonly count: number;
  readonly now: number;
}

function numberBetween({ low, high, index, count, now }: Room): number {
  if (low === -Infinity && high === Infinity) return now + index * STEP;
  if (high === Infinity) return Math.max(low + STEP, now) + index * STEP;
  if (low === -Infinity) return Math.min(high, -now) - (count - index) * STEP;
  return Math.floor(low + ((high - low) * (index + 1)) / (count + 1));
}

/** The longest part of the sequence that is sorted already. */
function longestSorted(ids: readonly string[], orders: Orders): ReadonlySet<string> {
  const compare = compareOrders(orders);
  const numbered = ids.filter((id) => orders.has(id));
  const before = new Map<string, string | undefined>();
  /** By length, the id with which a sorted part of that length ends soonest. */
  const ends: string[] = [];
  for (const id of numbered) {
    let [from, to] = [0, ends.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (compare(ends[middle]!, id) < 0) from = middle + 1;
      else to = middle;
    }
    before.set(id, ends[from - 1]);
    ends[from] = id;
  }
  const longest = new Set<string>();
  for (let id = ends[ends.length - 1]; id !== undefined; id = before.get(id)) longest.add(id);
  return longest;
}
