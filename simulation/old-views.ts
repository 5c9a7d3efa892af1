/**
 * People who change what they saw a while ago: as the hooks of an app do, by intents, and by functions of what is stored. Whatever came since has to stay,
 * which is judged here by what was seen, asked for and stored, and not by how the kit makes the one of the other.
 */
import { add, increment, remove } from '../src/runtime/core/intents';
import type { SyncDocument, SyncObject, SyncValue } from '../src/runtime/core/json';
import { isArray, isPlainObject, ownProperty, sameValue } from '../src/runtime/core/json';
import { applyChanges, differenceTo } from '../src/runtime/page/changes';
import type { Changes } from '../src/runtime/page/changes';
import type { ObjectSchema } from '../src/runtime/core/definitions/property-schema';
import { Verdict } from './chronicle';
import type { Chronicle } from './chronicle';
import { schemasOf, THINGS } from './collections';
import type { Dice } from './random';
import type { Tab } from './tab';

/** The longest time between a look and a click. */
const HESITATION_MS = 4_000;

export interface OldViewOptions {
  readonly tab: Tab;
  readonly id: string;
  readonly dice: Dice;
  readonly chronicle: Chronicle;
  /** What the user makes of what is shown. */
  readonly change: (shown: SyncDocument) => SyncDocument;
  readonly mayCount: () => boolean;
}

export async function patchFromOldView({ tab, id, dice, chronicle, change, mayCount }: OldViewOptions): Promise<void> {
  const shown = await tab.read(THINGS, id);
  if (!shown) return;
  const wanted = change(shown);
  const by = dice.pick([By.Difference, By.Intents, By.Function]);
  await new Promise<void>((resolve) => tab.process.after(dice.between(0, HESITATION_MS), resolve));
  const schema = schemasOf[tab.version][THINGS] as ObjectSchema;
  const asked = mayCount() ? wanted : { ...wanted, ...counts(shown) };
  const gain = countOf(asked) - countOf(shown);
  const means: { readonly [by in By]: Means } = {
    [By.Difference]: { asked, changes: () => differenceTo(shown, asked, schema) },
    [By.Intents]: intentsOf(shown, asked),
    [By.Function]: {
      asked: { ...shown, visits: countOf(asked) },
      changes: (known) => ({ visits: countOf(known) + gain }),
    },
  };
  await tab.write(THINGS, id, (known) => {
    // Somebody has removed it: a change of it brings nothing of it back.
    if (!known) return undefined;
    const after = applyChanges(known, means[by].changes(known), schema) as SyncDocument;
    chronicle.count(`old-view.${by}`);
    if (!sameValue(known, shown)) chronicle.count('old-view.stale');
    const undone = whatIsUndone({ shown, asked: means[by].asked, known, after });
    if (undone !== undefined)
      chronicle.find(Verdict.Lost, `a change of an old view of ${id} by ${by} undoes what came since: ${undone}`);
    return sameValue(after, known) ? undefined : after;
  });
}

enum By {
  Difference = 'difference',
  Intents = 'intents',
  Function = 'function',
}

interface Means {
  /** What the user would see if nothing had come since. */
  readonly asked: SyncDocument;
  changes(known: SyncDocument): Changes;
}

const countOf = ({ visits }: SyncObject): number => (typeof visits === 'number' ? visits : 0);
const tagsOf = ({ tags }: SyncObject): readonly SyncValue[] => (isArray(tags) ? tags : []);
const lacks = (list: readonly SyncValue[], value: SyncValue): boolean => !list.some((one) => sameValue(one, value));

/** The counters as they were shown. */
function counts({ visits, votes }: SyncDocument): SyncObject {
  return { ...(visits !== undefined && { visits }), ...(votes !== undefined && { votes }) };
}

/** One intent a property: what was added to the set, or else what was removed. */
function intentsOf(shown: SyncDocument, asked: SyncDocument): Means {
  const added = tagsOf(asked).filter((tag) => lacks(tagsOf(shown), tag));
  const removed = tagsOf(shown).filter((tag) => lacks(tagsOf(asked), tag));
  const isAdding = added.length > 0;
  const tags = isAdding ? [...tagsOf(shown), ...added] : tagsOf(asked);
  const visits = increment(countOf(asked) - countOf(shown));
  return {
    asked: { ...shown, visits: countOf(asked), tags },
    changes: () => ({ visits, tags: isAdding ? add(...added) : remove(...removed) }),
  };
}

interface Case {
  readonly shown: SyncDocument;
  readonly asked: SyncDocument;
  readonly known: SyncDocument;
  readonly after: SyncDocument;
}

/** Undefined if nothing is. */
function whatIsUndone(one: Case): string | undefined {
  const { shown, asked, known, after } = one;
  if (countOf(after) - countOf(known) !== countOf(asked) - countOf(shown)) return `visits ${JSON.stringify(one)}`;
  for (const tag of new Set([...tagsOf(shown), ...tagsOf(asked), ...tagsOf(known)])) {
    const isUntouched = lacks(tagsOf(shown), tag) === lacks(tagsOf(asked), tag);
    if (lacks(tagsOf(after), tag) !== lacks(tagsOf(isUntouched ? known : asked), tag))
      return `tags ${JSON.stringify(one)}`;
  }
  const [was, wants, is, becomes] = [shown, asked, known, after].map(({ settings = {} }) => settings);
  if (![was, wants, is, becomes].every(isPlainObject)) return undefined;
  const maps = [was, wants, is, becomes] as readonly SyncObject[];
  for (const key of new Set(maps.flatMap((map) => Object.keys(map)))) {
    const [inShown, inAsked, inKnown, inAfter] = maps.map((map) => ownProperty(map, key));
    if (sameValue(inShown, inAsked) && !sameValue(inKnown, inAfter)) return `settings ${JSON.stringify(one)}`;
  }
  return undefined;
}
