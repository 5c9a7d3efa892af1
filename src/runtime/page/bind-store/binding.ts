/** What of the app's state is bound to which documents, in the app's words, and whether that can be. */
import { ErrorCode, SyncError } from '../../core/errors';
import type { CollectionSchema } from '../../core/schema';

/** A key of the state, or keys of objects in it with dots between them, up to three: `'todos'`, `'todos.items'`. */
export type PlaceOf<State> = {
  [Key in keyof State & string]: Key | `${Key}.${PlaceIn<NonNullable<State[Key]>>}`;
}[keyof State & string];

type PlaceIn<Value> = {
  [Key in KeyIn<Value>]: Key | `${Key}.${KeyIn<NonNullable<Value[Key]>>}`;
}[KeyIn<Value>];

type KeyIn<Value> = Value extends readonly unknown[] | ((...parameters: never) => unknown)
  ? never
  : Value extends object
    ? keyof Value & string
    : never;

/** One document: some keys of an object in the state are its properties. */
export interface DocumentBinding<State, Document, Name> {
  readonly collection: Name;
  /** The document's id, such as `'ui'`. */
  readonly id: string;
  /** The object in the state; without it the keys are those of the state itself. */
  readonly at?: PlaceOf<State>;
  /** Those of the object that are synced, one by one; the document has properties of the same names. */
  readonly keys: readonly (keyof Document & string)[];
}

/** Documents by id: a list of objects, an object of them by id, or `{ ids, entities }` as Redux Toolkit's entity adapter has it. */
export interface ListBinding<State, Document, Name> {
  readonly collection: Name;
  readonly id?: undefined;
  /** The list in the state. Each item has its id, a text, under the name of the collection's primary key. */
  readonly at: PlaceOf<State>;
  /** Those of an item that are synced, one by one, without its id; what else an item holds stays on this device. */
  readonly keys: readonly (keyof Document & string)[];
  /** A number property of the documents in which the order of the list is kept. Without it each device has its own order. */
  readonly order?: keyof Document & string;
}

/** A part of the state and the documents that it is bound to. */
export type StoreBinding<State, Documents> = {
  [Name in keyof Documents & string]:
    DocumentBinding<State, Documents[Name], Name> | ListBinding<State, Documents[Name], Name>;
}[keyof Documents & string];

/** A binding whatever the state and the documents are. */
export interface AnyBinding {
  readonly collection: string;
  readonly id?: string;
  readonly at?: string;
  readonly keys: readonly string[];
  readonly order?: string;
}

/**
 * Refuses a binding of the whole state, and one that does not fit its collection.
 * @throws SyncError BINDING_INVALID with the binding and what to do.
 */
export function checkBinding(binding: AnyBinding, primaryKey: string, schema: CollectionSchema): void {
  const why = whyNot(binding, primaryKey, schema);
  if (why !== undefined) throw bindingInvalid(`The binding to "${binding.collection}" cannot be made: ${why}.`);
}

export const bindingInvalid = (message: string): SyncError => new SyncError(ErrorCode.BindingInvalid, message);

/** Whether a binding is one, whatever its collection is. */
export const isBinding = (binding: AnyBinding): boolean => whyNoBinding(binding) === undefined;

function whyNoBinding({ id, at, keys }: AnyBinding): string | undefined {
  if (!Array.isArray(keys) || keys.length === 0)
    return 'it names no keys. Name those that are synced one by one, such as keys: ["theme"]; a whole state is never bound';
  if (id === undefined && (at === undefined || at === ''))
    return 'it has neither the "id" of one document nor the place "at" of a list. A whole state is never bound';
  if (id !== undefined && (typeof id !== 'string' || id === '')) return 'the "id" of a document is a text';
  if (at !== undefined && (typeof at !== 'string' || at.split('.').includes('')))
    return '"at" is a key of the state, or keys with a dot between them, such as "todos.items"';
  return undefined;
}

function whyNot(binding: AnyBinding, primaryKey: string, { properties }: CollectionSchema): string | undefined {
  const wrong = whyNoBinding(binding);
  if (wrong !== undefined) return wrong;
  const { keys, order } = binding;
  if (keys.includes(primaryKey)) return `"${primaryKey}" is the id, which is bound by itself; leave it out of "keys"`;
  if (order !== undefined && keys.includes(order))
    return `"${order}" keeps the order of the list, which is bound by itself; leave it out of "keys"`;
  const unknown = [...keys, ...(order === undefined ? [] : [order])].find((key) => !Object.hasOwn(properties, key));
  return unknown === undefined
    ? undefined
    : `the schema of the collection has no property "${unknown}". Add it in schema.ts, or leave the key out`;
}
