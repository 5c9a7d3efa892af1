/**
 * People who change what they saw a while ago: as the hooks of an app do, by intents, and by functions of what is stored. Whatever came since has to stay,
 * which is judged here by what was seen, asked for and stored, and not by how the kit makes the one of the other.
 */
import { add, increment, remove } from '../src/runtime/core/intents';
import type { SyncDocument, SyncObject, SyncValue } from '../src/runtime/core/json';
import { isPlainObject, ownProperty, sameValue } from '../src/runtime/core/json';
import { MergeStrategy, ruleOf } from '../src/runtime/crdt/merge-rules';
import type { MergeRules, ObjectRule, Rule } from '../src/runtime/crdt/merge-rules';
import { applyChanges, differenceTo } from '../src/runtime/page/changes';
import type { Changes } from '../src/runtime/page/changes';
import type { ObjectSchema } from '../src/runtime/core/definitions/property-schema';
import type { Hand } from './app/kind';
import { Verdict } from './chronicle';
import type { Chronicle } from './chronicle';
import { THINGS } from './collections';
import { countedPlaces, exactly, numberAt, valueAt } from './counted-places';
import type { CountedPlace } from './counted-places';
import { judgeWritten } from './judge-written';
import { judgeRefusal } from './refusals';
import type { Tab } from './tab';

/** The longest time between a look and a click. */
const HESITATION_MS = 4_000;

export interface OldViewOptions {
  readonly tab: Tab;
  readonly id: string;
  readonly hand: Hand;
  readonly chronicle: Chronicle;
  /** What the user makes of what is shown. */
  readonly change: (shown: SyncDocument) => SyncDocument;
}

export async function patchFromOldView({ tab, id, hand, chronicle, change }: OldViewOptions): Promise<void> {
  const shown = await tab.read(THINGS, id);
  if (!shown) return;
  const { app } = chronicle;
  const rules = app.rulesOf[tab.version][THINGS]!;
  const wanted = change(shown);
  const by = hand.dice.pick([By.Difference, By.Intents, By.Function]);
  await new Promise<void>((resolve) => tab.process.after(hand.dice.between(0, HESITATION_MS), resolve));
  // It has been copied meanwhile.
  if (!hand.mayCount && countedPlaces(rules).some((place) => differsIn(place, shown, wanted))) return;
  const schema = app.schemasOf[tab.version][THINGS] as ObjectSchema;
  const means: Means = {
    [By.Difference]: () => ({
      asked: wanted,
      changes: () => differenceTo(shown, { ...goneIn(shown), ...wanted }, schema),
    }),
    [By.Intents]: () => intentsOf(rules, shown, wanted),
    [By.Function]: () => functionOf(rules, shown, wanted),
  }[by]();
  const attempt = await tab.write(THINGS, id, (known) => {
    // Somebody has removed it: a change of it brings nothing of it back.
    if (!known) return undefined;
    const after = applyChanges(known, means.changes(known), schema) as SyncDocument;
    chronicle.count(`old-view.${by}`);
    if (!sameValue(known, shown)) chronicle.count('old-view.stale');
    const views = [shown, means.asked, known, after] as const;
    const undone = undoneIn(rules.root, views);
    if (undone !== undefined)
      chronicle.find(
        Verdict.Lost,
        `a change of an old view by ${by} undoes what came since: ${undone} ${JSON.stringify(views)}`,
      );
    return sameValue(after, known) ? undefined : after;
  });
  if (attempt?.error) judgeRefusal(chronicle, tab, attempt.error, attempt);
  else if (attempt) judgeWritten(chronicle, tab, attempt);
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

/** What is to go is named. */
const goneIn = (shown: SyncDocument): Changes =>
  Object.fromEntries(Object.keys(shown).map((name) => [name, undefined]));

const differsIn = (place: CountedPlace, shown: SyncDocument, asked: SyncDocument): boolean =>
  place.strategy === MergeStrategy.Counter && numberAt(shown, place) !== numberAt(asked, place);

const lacks = (list: readonly SyncValue[], value: SyncValue): boolean => !list.some((one) => sameValue(one, value));
const listIn = (value: SyncValue | undefined, standard: SyncValue | undefined): readonly SyncValue[] =>
  (value ?? standard ?? []) as readonly SyncValue[];

/** The counters and sets that are properties of the document itself. */
const topPlaces = (rules: MergeRules): readonly CountedPlace[] =>
  countedPlaces(rules).filter(({ path }) => path.length === 1);

/** One intent a property: what a counter has grown by, and what was added to a set, or else what was removed. */
function intentsOf(rules: MergeRules, shown: SyncDocument, wanted: SyncDocument): Means {
  const asked: { [name: string]: SyncValue } = { ...shown };
  const changes: { [name: string]: unknown } = {};
  for (const place of topPlaces(rules)) {
    const { path, strategy, standard } = place;
    const name = path[0]!;
    if (strategy === MergeStrategy.Counter) {
      asked[name] = numberAt(wanted, place);
      changes[name] = increment(numberAt(wanted, place) - numberAt(shown, place));
      continue;
    }
    const [was, wants] = [listIn(valueAt(shown, path), standard), listIn(valueAt(wanted, path), standard)];
    const added = wants.filter((element) => lacks(was, element));
    asked[name] = added.length > 0 ? [...was, ...added] : wants;
    changes[name] = added.length > 0 ? add(...added) : remove(...was.filter((element) => lacks(wants, element)));
  }
  return { asked, changes: () => changes };
}

/** Of the counters. */
function functionOf(rules: MergeRules, shown: SyncDocument, wanted: SyncDocument): Means {
  const counters = topPlaces(rules).filter(({ strategy }) => strategy === MergeStrategy.Counter);
  const countsOf = (count: (place: CountedPlace) => number) =>
    Object.fromEntries(counters.map((place) => [place.path[0]!, count(place)]));
  const gain = (place: CountedPlace) => numberAt(wanted, place) - numberAt(shown, place);
  return {
    asked: { ...shown, ...countsOf((place) => numberAt(wanted, place)) },
    changes: (known) => countsOf((place) => numberAt(known, place) + gain(place)),
  };
}

/** Of four values, or documents: what was shown, what was asked for, what was stored, and what is to be. */
type Views<Value> = readonly [shown: Value, asked: Value, known: Value, after: Value];

/** Where what came since is undone; undefined if it is nowhere. */
function undoneIn(object: ObjectRule, views: Views<SyncObject>): string | undefined {
  for (const key of new Set(views.flatMap((view) => Object.keys(view)))) {
    const [shown, asked, known, after] = views.map((view) => ownProperty(view, key));
    const undone = undoneAt(ruleOf(object, key), [shown, asked, known, after]);
    if (undone !== undefined) return `${JSON.stringify(key)} ${undone}`;
  }
  return undefined;
}

function undoneAt(
  { strategy, default: standard, object }: Rule,
  views: Views<SyncValue | undefined>,
): string | undefined {
  const [shown, asked, known, after] = views;
  switch (strategy) {
    case MergeStrategy.Counter: {
      const counts = views.map((value) => (value ?? standard ?? 0) as number);
      // That is refused.
      if (Math.abs(counts[3]!) > Number.MAX_SAFE_INTEGER) return undefined;
      const [was, wants, is, becomes] = counts.map(exactly) as [bigint, bigint, bigint, bigint];
      // A difference that is beyond what can be counted is rounded.
      const isRounded = Math.abs(counts[1]! - counts[0]!) > Number.MAX_SAFE_INTEGER;
      return isRounded || becomes - is === wants - was ? undefined : 'counts otherwise';
    }
    case MergeStrategy.Set: {
      const [was, wants, is, becomes] = views.map((value) => listIn(value, standard)) as [
        Elements,
        Elements,
        Elements,
        Elements,
      ];
      const isRight = (element: SyncValue) =>
        lacks(becomes, element) === lacks(lacks(was, element) === lacks(wants, element) ? is : wants, element);
      return [...was, ...wants, ...is].every(isRight) ? undefined : 'has other elements';
    }
    case MergeStrategy.Deep:
      if (!sameValue(shown, asked) && views.every(isPlainObject))
        return undoneIn(object, views as unknown as Views<SyncObject>);
      return sameValue(shown, asked) && !sameValue(known, after) ? 'is another value' : undefined;
    case MergeStrategy.Atomic:
      return sameValue(shown, asked) && !sameValue(known, after) ? 'is another value' : undefined;
    default:
      return strategy satisfies never;
  }
}

type Elements = readonly SyncValue[];
