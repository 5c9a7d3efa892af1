/**
 * The documents of one binding: what the state holds of them, what is stored, and what is on its way between the two. A property with a write of this
 * page under way keeps what the state holds; every other one becomes what is stored in the latest revision. So nothing comes back as an echo, and nothing
 * that was typed since is rolled back, in whatever order writes, their answers and the changes of others arrive.
 */
import { ErrorCode } from '../../core/errors';
import { differenceTo } from '../changes';
import { revisionOfDocument } from '../rxdb/collection-access';
import type { CollectionAccess, StoredRevision } from '../rxdb/collection-access';
import { isEmptyList, isSameDocument, isSameProperty } from './snapshot';
import type { Part, Properties, Snapshot, Targets } from './snapshot';
import { valueAt } from './store';
import type { PlacedValues } from './store';

/** `patch` of an engine, whatever the documents are. */
export type PatchAny = (id: string, change: object | ((document: object | undefined) => unknown)) => Promise<unknown>;

export interface BoundDocumentsOptions {
  readonly part: Part;
  readonly access: CollectionAccess;
  readonly patch: PatchAny;
  /** All that is bound of a document. */
  readonly keys: readonly string[];
  /** What the state shows of a document that is not there, or of a property that it lacks; null for nothing, as in a list. */
  readonly absent: Properties | null;
  /** Something has to be written into the state: `takeTargets` says what. */
  readonly onStored: () => void;
  readonly onProblem: (error: unknown) => void;
}

export interface BoundDocuments {
  readonly part: Part;
  /**
   * Looks at the state: what the app has changed in it is sent.
   * @param isWritten whether it is looked at because something was written into it, which it may show later.
   */
  observe(state: unknown, isWritten?: boolean): void;
  /** The places that hold something else than when they were observed last, and that is what they held at the beginning, or an empty list. */
  resetPlaces(state: unknown, initial: unknown): readonly string[];
  /**
   * Whether what was changed since looks like a reset, as apps do it on a sign-out, and not like an edit: a theme that is toggled back is one, and so is
   * the last item that goes.
   */
  isReset(state: unknown, initial: unknown, areSeveralReset: boolean): boolean;
  /** What has to be written into the state, computed from it; undefined where it shows all that is stored. */
  takeWrite(): ((state: unknown) => PlacedValues) | undefined;
  /** What was taken and is not in the state is to be taken again. */
  putBack(): void;
  /**
   * Sends what was changed so far, and from now on what is changed; and shows what is stored.
   * @param isSeeded whether what the state held at the beginning is among it.
   */
  start(isSeeded: boolean): Promise<void>;
  /** Whether the state shows what was written into it. */
  readonly isShown: boolean;
  stop(): void;
}

/** In the place of a property's name: whether there is the document. */
const EXISTENCE = Symbol('existence');

interface Tracked {
  /** Newest known revision; height 0 before any is known. */
  stored: StoredRevision | undefined;
  /** Writes under way by property. */
  readonly writing: Map<string | typeof EXISTENCE, number>;
  /** Settles when all writes of the document have. */
  written: Promise<unknown> | undefined;
  /** Settles when the last removal has. */
  removed: Promise<void> | undefined;
}

export function createBoundDocuments(state: unknown, options: BoundDocumentsOptions): BoundDocuments {
  const { part, access, keys, absent } = options;
  const tracked = new Map<string, Tracked>();
  /** Documents that may differ from what the state shows. */
  const dirty = new Set<string>();
  /** What was written into the state and was not seen in it yet. */
  const awaited = new Map<string, Properties | null>();
  let observed: Snapshot = part.read(state, undefined);
  let observedState = state;
  let unsent: (() => void)[] | undefined = [];
  let stopFollowing: (() => void) | undefined;
  let isStopped = false;
  /** Documents of which something was heard since the last read began. */
  const heardOf = new Set<string>();

  const track = (id: string): Tracked => {
    const known = tracked.get(id) ?? { stored: undefined, writing: new Map(), written: undefined, removed: undefined };
    tracked.set(id, known);
    return known;
  };

  const changedPlaces = (next: unknown) =>
    part.places.filter((place) => !Object.is(valueAt(observedState, place), valueAt(next, place)));

  function resetPlaces(next: unknown, initial: unknown): readonly string[] {
    // A store that was bound late, or has a preloaded state, held something else than a reset leads to: nothing.
    const isEmptied = (place: string) => absent === null && isEmptyList(valueAt(next, place));
    const reset = changedPlaces(next).filter(
      (place) => isEmptied(place) || isSameProperty(valueAt(next, place), valueAt(initial, place)),
    );
    // What was written into the state here is no reset.
    return reset.length > 0 && [...observed.keys()].every((id) => awaited.has(id)) ? [] : reset;
  }

  function isReset(next: unknown, initial: unknown, areSeveralReset: boolean): boolean {
    const reset = resetPlaces(next, initial);
    if (reset.length === 0 || reset.length < changedPlaces(next).length) return false;
    const isInitialObject = (place: string) => {
      const value = valueAt(next, place);
      return typeof value === 'object' && value !== null && value === valueAt(initial, place);
    };
    return areSeveralReset || observed.size > 1 || reset.some(isInitialObject);
  }

  function observe(next: unknown, isWritten = false): void {
    if (isStopped || (part.isSame(observedState, next) && !isWritten)) return;
    const before = observed;
    observed = part.read(next, before);
    observedState = next;
    for (const id of new Set([...before.keys(), ...observed.keys(), ...awaited.keys()])) {
      const [from, to] = [before.get(id), observed.get(id)];
      if (from !== to) sendDifference(id, from?.properties ?? null, to?.properties ?? null);
      settleAwaited(id, isWritten);
    }
  }

  function settleAwaited(id: string, mayShowLater: boolean): void {
    const wanted = awaited.get(id);
    if (wanted === undefined) return;
    if (isSameDocument(wanted, observed.get(id)?.properties ?? null, keys)) awaited.delete(id);
    // It was written into a state that the app replaced by one from before.
    else if (!mayShowLater) markDirty(id);
  }

  function sendDifference(id: string, from: Properties | null, to: Properties | null): void {
    const wanted = awaited.get(id);
    if (to === null) {
      if (wanted !== null) send(id, [EXISTENCE], () => remove(id), true);
      return;
    }
    const isOwn = (key: string) => wanted != null && isSameProperty(to[key], wanted[key]);
    const changed = keys.filter((key) => !isOwn(key) && !isSameProperty(from?.[key], to[key]));
    if (from === null && wanted == null) {
      const given = Object.entries(to).filter(([, value]) => value !== undefined);
      const changes = differenceTo(undefined, Object.fromEntries(given), access.schema);
      return send(id, [EXISTENCE, ...keys], () => patch(id, changes));
    }
    if (changed.length === 0) return;
    const shown = Object.fromEntries(changed.flatMap((key) => (from?.[key] === undefined ? [] : [[key, from[key]]])));
    const given = Object.fromEntries(changed.map((key) => [key, to[key]]));
    const changes = differenceTo(shown as never, given, access.schema);
    if (Object.keys(changes).length === 0) return;
    // An item that another device has removed is not brought back by a change of a part of it.
    send(id, changed, () => patch(id, absent === null ? (document) => document && changes : changes));
  }

  async function remove(id: string): Promise<void> {
    for (const revision of await access.remove([id])) store(revision);
  }

  async function patch(id: string, change: Parameters<PatchAny>[1]): Promise<void> {
    const written = await options.patch(id, change);
    if (written !== null) store(revisionOfDocument(written as Parameters<typeof revisionOfDocument>[0]));
  }

  function send(
    id: string,
    names: readonly (string | typeof EXISTENCE)[],
    write: () => Promise<void>,
    isRemoval = false,
  ): void {
    const of = track(id);
    for (const name of names) of.writing.set(name, (of.writing.get(name) ?? 0) + 1);
    const begin = () => {
      // The engine keeps the order of patches, and knows nothing of removals.
      const before = isRemoval ? of.written : of.removed;
      const done = (before ? before.then(write) : write())
        .catch((error) => refuse(of, id, error))
        .then(() => settle(of, id, names));
      of.written = of.written ? Promise.all([of.written, done]) : done;
      if (isRemoval) of.removed = done;
    };
    if (unsent) unsent.push(begin);
    else begin();
  }

  function settle(of: Tracked, id: string, names: readonly (string | typeof EXISTENCE)[]): void {
    for (const name of names) {
      const left = of.writing.get(name)! - 1;
      if (left > 0) of.writing.set(name, left);
      else of.writing.delete(name);
    }
    if (of.writing.size === 0) of.written = of.removed = undefined;
    markDirty(id);
  }

  /** What was refused is taken back. */
  function refuse(of: Tracked, id: string, error: unknown): void {
    of.stored ??= { id, height: 0, document: null };
    // Somebody has removed what was changed: it goes from the state, too.
    if ((error as { readonly code?: unknown }).code !== ErrorCode.DocumentMissing) options.onProblem(error);
  }

  function store(revision: StoredRevision): void {
    const of = track(revision.id);
    heardOf.add(revision.id);
    if (of.stored && of.stored.height > revision.height) return;
    of.stored = revision;
    markDirty(revision.id);
  }

  function markDirty(id: string): void {
    dirty.add(id);
    if (!isStopped) options.onStored();
  }

  function targetOf(id: string): Properties | null {
    const { stored, writing } = track(id);
    const shown = observed.get(id)?.properties ?? null;
    if (stored === undefined || writing.has(EXISTENCE)) return shown;
    const { document } = stored;
    if (document === null) return absent;
    const properties = keys.map((key) => {
      const value: unknown = Object.hasOwn(document, key) ? document[key] : absent?.[key];
      const isKept = shown !== null && (writing.has(key) || isSameProperty(shown[key], value));
      return [key, isKept ? shown[key] : value] as const;
    });
    return Object.fromEntries(properties);
  }

  function takeTargets(): Targets {
    const targets = new Map<string, Properties | null>();
    for (const id of dirty) {
      const target = targetOf(id);
      if (isSameDocument(target, observed.get(id)?.properties ?? null, keys)) awaited.delete(id);
      else targets.set(id, target);
    }
    dirty.clear();
    for (const [id, target] of targets) awaited.set(id, target);
    return targets;
  }

  async function readAll(id: string | undefined, isComplete: boolean): Promise<void> {
    heardOf.clear();
    for (const found of await access.read(id)) store(found);
    if (isStopped || !isComplete) return;
    for (const known of new Set([...observed.keys(), ...tracked.keys()])) {
      const height = tracked.get(known)?.stored?.height ?? 0;
      if (!heardOf.has(known)) store({ id: known, height, document: null });
    }
  }

  function sendUnsent(): void {
    const sending = unsent ?? [];
    unsent = undefined;
    for (const begin of sending) begin();
  }

  return {
    part,
    observe,
    resetPlaces,
    isReset,
    takeWrite() {
      const targets = takeTargets();
      const before = observed;
      return targets.size === 0 ? undefined : (now) => part.write(now, before, targets);
    },
    putBack() {
      for (const id of awaited.keys()) dirty.add(id);
      awaited.clear();
    },
    async start(isSeeded) {
      if (isStopped) return;
      const id = absent === null ? undefined : [...observed.keys()][0];
      const isOurs = (one: StoredRevision) => id === undefined || one.id === id;
      stopFollowing = access.follow(
        (revisions) => revisions.filter(isOurs).forEach(store),
        () => void readAll(id, true).catch(options.onProblem),
      );
      sendUnsent();
      await readAll(id, isSeeded);
    },
    get isShown() {
      return awaited.size === 0;
    },
    stop() {
      isStopped = true;
      sendUnsent();
      stopFollowing?.();
    },
  };
}
