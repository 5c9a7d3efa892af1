/** A bound part of the state as documents, and documents as that part: of one document, and of lists in the forms in which apps have them. */
import { isPlainObject, sameValue } from '../../core/json';
import type { SyncValue } from '../../core/json';
import { compareOrders, initialOrders, ordersOf } from './list-order';
import type { Orders } from './list-order';
import { bindingInvalid } from './binding';
import type { AnyBinding } from './binding';
import { placesOf } from './sign-out';
import { valueAt } from './store';
import type { PlacedValues } from './store';

/** What is bound of a document, by property. */
export interface Properties {
  readonly [property: string]: unknown;
}

export interface Shown {
  /** The object in the state. The same one holds the same. */
  readonly item: object;
  readonly properties: Properties;
}

/** What the state holds of a binding's documents, by id, in the order of the list. */
export type Snapshot = ReadonlyMap<string, Shown>;

/** What documents become in the state: their properties, or null where there is no document. */
export type Targets = ReadonlyMap<string, Properties | null>;

export interface Part {
  readonly places: readonly string[];
  /** Whether the state holds the very same as in the snapshot's time; cheap. */
  isSame(one: unknown, other: unknown): boolean;
  /** @throws SyncError BINDING_INVALID where the state holds something else than the binding says. */
  read(state: unknown, before: Snapshot | undefined): Snapshot;
  /** What the places of a state hold then; it keeps what was changed in that state since the snapshot. */
  write(state: unknown, before: Snapshot, targets: Targets): PlacedValues;
}

/** Whether a property is the same in two documents. */
export const isSameProperty = (one: unknown, other: unknown): boolean =>
  Object.is(one, other) || sameValue(one as SyncValue, other as SyncValue);

export function isSameDocument(one: Properties | null, other: Properties | null, keys: readonly string[]): boolean {
  if (one === null || other === null) return one === other;
  return keys.every((key) => isSameProperty(one[key], other[key]));
}

/** Some keys of an object, as the one document. */
export function documentPart(binding: AnyBinding): Part {
  const { id = '', at = '', keys } = binding;
  const places = placesOf(binding);
  return {
    places,
    isSame: (one, other) => places.every((place) => Object.is(valueAt(one, place), valueAt(other, place))),
    read(state) {
      const item = valueAt(state, at);
      if (typeof item !== 'object' || item === null)
        throw bindingInvalid(`The state holds no object at "${at}", where the keys ${keys.join(', ')} are bound.`);
      return new Map([[id, { item, properties: pick(item as Properties, keys) }]]);
    },
    write(state, before, targets) {
      const target = targets.get(id);
      if (!target) return {};
      const seen = before.get(id)?.properties ?? {};
      const changed = keys.flatMap((key, index) => {
        const now = valueAt(state, places[index]!);
        const isFree = isSameProperty(now, seen[key]) && !isSameProperty(now, target[key]);
        return isFree ? [[places[index]!, target[key]] as const] : [];
      });
      return Object.fromEntries(changed);
    },
  };
}

type Item = Properties & object;

/** How a list is held in the state. */
interface ListForm {
  /** Items by id, in their order. */
  items(value: unknown): ReadonlyMap<string, Item>;
  value(items: ReadonlyMap<string, Item>, former: unknown): unknown;
}

/** Documents of a collection as a list. `now` is the wall clock in ms. */
export function listPart(
  { at = '', keys, order }: AnyBinding,
  { primaryKey, initial, now }: { readonly primaryKey: string; readonly initial: unknown; readonly now: () => number },
): Part {
  const form = formOf(valueAt(initial, at), at, primaryKey);
  /** As the documents have it, also where the state does not show it yet. */
  let orders: Orders = order === undefined ? new Map() : initialOrders([...form.items(valueAt(initial, at)).keys()]);

  /** Numbers for the items as they stand now. */
  function reorder(ids: readonly string[], before: Snapshot | undefined): void {
    const sorted = ids.filter((id) => orders.has(id));
    const compare = compareOrders(orders);
    const isSorted = sorted.every((id, index) => index === 0 || compare(sorted[index - 1]!, id) < 0);
    if (isSorted && sorted.length === ids.length) return;
    const known = new Set(ids);
    const former = [...(before?.keys() ?? [])].filter((id) => known.has(id));
    const wasThere = ids.filter((id) => before?.has(id) === true);
    // A state that does not show the documents' order yet is not one that somebody has made.
    const isFormer = !isSorted && former.every((id, index) => wasThere[index] === id);
    const from = isFormer ? [...sorted].sort(compare).concat(ids.filter((id) => !orders.has(id))) : ids;
    orders = new Map([...orders, ...ordersOf(from, orders, now())]);
  }

  function propertiesOf(id: string, item: Item): Properties {
    const picked = pick(item, keys);
    return order === undefined ? picked : { ...picked, [order]: orders.get(id) };
  }

  return {
    places: [at],
    isSame: (one, other) => Object.is(valueAt(one, at), valueAt(other, at)),
    read(state, before) {
      const items = form.items(valueAt(state, at));
      if (order !== undefined && before && [...before.keys()].some((id) => !items.has(id)))
        // What was removed and comes again is new: it stands where it is put.
        orders = new Map([...orders].filter(([id]) => items.has(id) || !before.has(id)));
      if (order !== undefined) reorder([...items.keys()], before);
      return new Map(
        [...items].map(([id, item]) => {
          const known = before?.get(id);
          const isKnown = known?.item === item && (order === undefined || known.properties[order] === orders.get(id));
          return [id, isKnown ? known : { item, properties: propertiesOf(id, item) }];
        }),
      );
    },
    write(state, before, targets) {
      const items = new Map(form.items(valueAt(state, at)));
      const next = new Map(orders);
      for (const [id, target] of targets) {
        const [now, seen] = [items.get(id), before.get(id)];
        if (target === null) items.delete(id);
        // What is gone from the state since is not brought back.
        else if (now || !seen) items.set(id, itemWith(now ?? { [primaryKey]: id }, seen?.properties, target, keys));
        if (order !== undefined && typeof target?.[order] === 'number') next.set(id, target[order] as number);
      }
      orders = next;
      const compare = compareOrders(orders);
      const sorted = order === undefined ? items : new Map([...items].sort(([one], [other]) => compare(one, other)));
      const former = [...form.items(valueAt(state, at)).values()];
      const isSame =
        former.length === sorted.size && [...sorted.values()].every((item, index) => item === former[index]);
      return isSame ? {} : { [at]: form.value(sorted, valueAt(state, at)) };
    },
  };
}

function pick(item: Properties, keys: readonly string[]): Properties {
  return Object.fromEntries(keys.map((key) => [key, Object.hasOwn(item, key) ? item[key] : undefined]));
}

const origins = new WeakMap<object, object>();

/** The item that another one has taken the place of when something was written into the state; undefined for one that is new. */
export const originOf = (item: object): object | undefined => origins.get(item);

function itemWith(now: Item, seen: Properties | undefined, target: Properties, keys: readonly string[]): Item {
  const isFree = (key: string) => !seen || isSameProperty(now[key], seen[key]);
  const changed = keys.filter((key) => isFree(key) && !isSameProperty(now[key], target[key]));
  if (changed.length === 0) return now;
  const entries = Object.entries({ ...now, ...pick(target, changed) });
  const next = Object.fromEntries(entries.filter(([key, value]) => value !== undefined || !changed.includes(key)));
  origins.set(next, now);
  return next;
}

/** @throws SyncError BINDING_INVALID */
function formOf(value: unknown, at: string, primaryKey: string): ListForm {
  if (Array.isArray(value)) return listForm(at, primaryKey);
  if (isPlainObject(value)) return isEntityState(value) ? entityForm(at, primaryKey) : recordForm(at);
  throw bindingInvalid(`The state holds neither a list nor an object at "${at}". Let it begin with [] or {}.`);
}

const listForm = (at: string, primaryKey: string): ListForm => ({
  items: (value) =>
    byId(
      at,
      asList(value, at).map((item) => [idIn(item, primaryKey, at), item as Item]),
    ),
  value: (items) => [...items.values()],
});

const recordForm = (at: string): ListForm => ({
  items: (value) => new Map(Object.entries(asObject(value, at)).map(([id, item]) => [id, asObject(item, at)])),
  value: (items) => Object.fromEntries(items),
});

const isEntityState = (value: object): boolean =>
  Array.isArray((value as { ids?: unknown }).ids) && isPlainObject((value as { entities?: unknown }).entities);

const entityForm = (at: string, primaryKey: string): ListForm => ({
  items: (value) => {
    const { ids, entities } = asObject(value, at) as { ids?: unknown; entities?: unknown };
    const items = asObject(entities, at);
    return byId(
      at,
      asList(ids, at).map((id) => [idIn({ [primaryKey]: id }, primaryKey, at), asObject(items[String(id)], at)]),
    );
  },
  value: (items, former) => ({
    ...(former as object),
    ids: [...items.keys()],
    entities: Object.fromEntries(items),
  }),
});

/** Whether a list has no items, in any of its forms. */
export function isEmptyList(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (!isPlainObject(value)) return false;
  return isEntityState(value) ? isEmptyList((value as { ids?: unknown }).ids) : Object.keys(value).length === 0;
}

/** @throws SyncError BINDING_INVALID */
function byId(at: string, entries: readonly (readonly [string, Item])[]): ReadonlyMap<string, Item> {
  const items = new Map(entries);
  if (items.size === entries.length) return items;
  const ids = entries.map(([id]) => id);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  throw bindingInvalid(`Two items of "${at}" have the id ${JSON.stringify(twice)}. Give each one of its own.`);
}

function idIn(item: unknown, primaryKey: string, at: string): string {
  const id: unknown = asObject(item, at)[primaryKey];
  if (typeof id === 'string' && id !== '') return id;
  throw bindingInvalid(
    `An item of "${at}" has the ${primaryKey} ${JSON.stringify(id)}, which is no text. Numbers that each device counts up meet on other devices; give items crypto.randomUUID() or nanoid().`,
  );
}

function asList(value: unknown, at: string): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw bindingInvalid(`The state holds no list at "${at}" any more.`);
}

function asObject(value: unknown, at: string): Item {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Item;
  throw bindingInvalid(`The state holds ${JSON.stringify(value)} within "${at}", where an object is bound.`);
}
