/** What the simulation draws: any app must open it, and what it calls valid or invalid must be that. */
import { basePrototype, createRxDocumentConstructor } from 'rxdb/plugins/core';
import type { App } from '../../simulation/app/app';
import { changeThing, drawApp, newThing, roomIn } from '../../simulation/app/app';
import { AppVersion, THINGS } from '../../simulation/collections';
import { MUST_HAPPEN } from '../../simulation/must-happen';
import { createDice } from '../../simulation/random';
import { checkDefinitions, namesOf } from '../../src/runtime/core/definitions/check-definitions';
import type { SyncDocument } from '../../src/runtime/core/json';
import type { CollectionSchema } from '../../src/runtime/core/schema';
import { checkStrategies, strategiesOf } from '../../src/runtime/crdt/merge-rules';
import type { JsonSchema } from '../../src/runtime/crdt/merge-rules';
import { cleanValue } from '../../src/runtime/crdt/json-value';
import { compileValidators } from '../../src/runtime/crdt/validate';
import { completeDocument } from '../../src/runtime/crdt/view';

const APPS = 300;
const reserved = namesOf(new (createRxDocumentConstructor(basePrototype) as unknown as new () => object)());
const versions = [AppVersion.Older, AppVersion.Newer];
const apps = Array.from({ length: APPS }, (_, seed) => drawApp(seed, roomIn(4_096)));

test('every drawn schema opens, and a newer one opens over an older one', () => {
  for (const { schemasOf, rulesOf } of apps) {
    for (const version of versions) {
      const definitions = Object.entries(schemasOf[version]).map(([name, schema]) => {
        // Without what RxDB has added to it.
        const { _deleted, _rev, _meta, _attachments, ...properties } = (schema as CollectionSchema).properties;
        compileValidators(schema as JsonSchema);
        return [name, { schema: { ...(schema as CollectionSchema), properties, indexes: [] } }] as const;
      });
      checkDefinitions(Object.fromEntries(definitions), reserved);
    }
    checkStrategies(strategiesOf(rulesOf.older[THINGS]!), rulesOf.newer[THINGS]!);
  }
});

test('every kind of property has to be written', () => {
  const kinds = new Set(apps.flatMap((app) => [...app.kinds.values()].map((kind) => `kind.${kind}`)));
  expect(MUST_HAPPEN.filter((what) => what.startsWith('kind.'))).toEqual([...kinds].sort());
});

test('every document that is drawn, or changed, is valid', () => {
  apps.forEach((app, seed) => {
    const hand = { dice: createDice(seed), mayCount: true };
    for (const version of versions) {
      const { rules, breachIn } = schemaIn(app, version);
      let document = newThing(app, version, 'a', hand);
      for (let changes = 0; changes < 30; changes++) {
        const breach = breachIn(document);
        if (breach) expect([breach, document]).toEqual([undefined, document]);
        document = changeThing(app, version, completeDocument(document, rules), hand);
      }
    }
  });
});

test('every value that is said to be refused is refused', () => {
  for (const app of apps) {
    const { breachIn } = schemaIn(app, AppVersion.Newer);
    const document = newThing(app, AppVersion.Newer, 'a', { dice: createDice(1), mayCount: true });
    const taken = app.propertiesOf.newer.flatMap(({ name, kind }) =>
      kind.invalid
        .filter((value) => !breachIn({ ...document, [name]: value }))
        .map((value) => [name, kind.name, value]),
    );
    expect(taken).toEqual([]);
  }
});

function schemaIn({ rulesOf, schemasOf }: App, version: AppVersion) {
  const rules = rulesOf[version][THINGS]!;
  const { strict } = compileValidators(schemasOf[version][THINGS] as JsonSchema);
  const breachIn = (document: unknown) => strict(completeDocument(cleanValue(document, '') as SyncDocument, rules));
  return { rules, breachIn };
}
