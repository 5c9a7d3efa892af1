/** Numbers that keep the order of a list. */
import { compareOrders, initialOrders, ordersOf } from '../../../../src/runtime/page/bind-store/list-order';

const now = 1_800_000_000_000;
const sortedBy = (orders: ReadonlyMap<string, number>) => [...orders.keys()].sort(compareOrders(orders));

/** The same draws for the same seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state % below;
  };
}

test.each(Array.from({ length: 20 }, (_, seed) => seed))(
  'whatever is moved, added and removed, the numbers sort as the list does (seed %i)',
  (seed) => {
    const random = randomOf(seed);
    let list = ['a', 'b', 'c', 'd', 'e'];
    let orders = initialOrders(list);
    for (let step = 0; step < 300; step += 1) {
      const next = [...list];
      const kind = random(4);
      if (kind === 0 && next.length > 3) next.splice(random(next.length), 1);
      else if (kind === 1) next.splice(random(next.length + 1), 0, `${seed}-${step}`);
      else next.splice(random(next.length), 0, ...next.splice(random(next.length), 1));
      orders = ordersOf(next, orders, now + step);
      expect(sortedBy(orders)).toEqual(next);
      expect([...orders.values()].every(Number.isSafeInteger)).toBe(true);
      list = next;
    }
  },
);

test('a move changes one number', () => {
  const list = Array.from({ length: 50 }, (_, at) => `i${at}`);
  const orders = initialOrders(list);
  for (let at = 0; at < 50; at += 1) {
    const moved = list.filter((id) => id !== 'i25');
    moved.splice(at, 0, 'i25');
    const changed = [...ordersOf(moved, orders, now)].filter(([id, order]) => orders.get(id) !== order);
    expect(changed).toHaveLength(at === 25 ? 0 : 1);
  }
});

test('items between the same two neighbours find room by renumbering few', () => {
  let list = ['first', 'last'];
  let orders = initialOrders(list);
  let renumbered = 0;
  for (let at = 0; at < 200; at += 1) {
    list = ['first', `i${at}`, ...list.slice(1)];
    const next = ordersOf(list, orders, now);
    renumbered += [...next].filter(([id, order]) => orders.has(id) && orders.get(id) !== order).length;
    orders = next;
    expect(sortedBy(orders)).toEqual(list);
  }
  expect(renumbered).toBeLessThan(200 * 8);
});

test('what two devices add at the end sorts by time, and what both begin with is the same', () => {
  const orders = initialOrders(['a', 'b']);
  const one = ordersOf(['a', 'b', 'z-early'], orders, now);
  const other = ordersOf(['a', 'b', 'y-late'], orders, now + 1);
  expect(sortedBy(new Map([...other, ...one]))).toEqual(['a', 'b', 'z-early', 'y-late']);
  expect(initialOrders(['a', 'b'])).toEqual(orders);
});

test('what has no number comes last', () => {
  expect(['a', 'b'].sort(compareOrders(new Map([['b', 5]])))).toEqual(['b', 'a']);
});
