/**
 * Lets collections open under their present schema, or not: what is stored under one merge strategy cannot be read under another. What
 * another schema would store in another way, such as the default of a new property, is written anew.
 */
import type { Installation } from './installation';
import { checkStrategies } from './rules';
import type { MergeRules } from './rules';
import type { DocumentStore } from './store';

export function createAdmission(
  installation: Installation,
  databaseName: string,
  schemaOf: (collection: string) => unknown,
) {
  const keyOf = (collection: string) => `${databaseName}/${collection}`;
  const outdated = new Set<string>();

  return {
    /** @throws SyncError SCHEMA_CHANGED with the property that would merge in another way than before. */
    async admit(collection: string, rules: MergeRules): Promise<void> {
      const recorded = await installation.readCollection(keyOf(collection));
      const strategies = checkStrategies(recorded?.strategies, rules);
      const schema = JSON.stringify(schemaOf(collection));
      if (recorded?.schema === schema) return;
      // The new schema is recorded when everything is stored as it says.
      await installation.writeCollection(keyOf(collection), { strategies, schema: recorded?.schema ?? schema });
      if (recorded) outdated.add(collection);
    },

    /** Takes its time; whoever reads meanwhile finds some documents as they were. */
    async rewriteOutdated(store: DocumentStore): Promise<void> {
      for (const collection of outdated) {
        await store.rewrite(collection);
        const recorded = await installation.readCollection(keyOf(collection));
        const schema = JSON.stringify(schemaOf(collection));
        if (recorded) await installation.writeCollection(keyOf(collection), { ...recorded, schema });
      }
    },
  };
}
