/**
 * Lets collections open under their present schema, or not: what is stored under one merge strategy cannot be read under another. What
 * another schema would store in another way, such as the default of a new property or a renamed one, is written anew.
 */
import type { CollectionSettings } from '../core/schema';
import { collectionKey } from '../persistence/installation';
import type { Installation } from '../persistence/installation';
import { checkRenames } from '../crdt/rename';
import { checkStrategies } from '../crdt/merge-rules';
import type { MergeRules } from '../crdt/merge-rules';
import type { DocumentStore } from './document-store';

export function createAdmission(
  installation: Installation,
  databaseName: string,
  settingsOf: (collection: string) => CollectionSettings | undefined,
) {
  const keyOf = (collection: string) => collectionKey(databaseName, collection);
  const outdated = new Set<string>();

  async function rewrite(collection: string, store: DocumentStore): Promise<void> {
    await store.rewrite(collection);
    const recorded = await installation.readCollection(keyOf(collection));
    if (recorded) await installation.writeCollection(keyOf(collection), { ...recorded, schema: versionOf(collection) });
    outdated.delete(collection);
  }

  /** The schema and what was renamed in it, as JSON. */
  function versionOf(collection: string): string {
    const { schema, renames } = settingsOf(collection) ?? {};
    return JSON.stringify(schema) + (renames ? JSON.stringify(renames) : '');
  }

  return {
    /** @throws SyncError SCHEMA_CHANGED or SCHEMA_UNSUPPORTED with the property that cannot be read or renamed as the schema says. */
    async admit(collection: string, rules: MergeRules): Promise<void> {
      const recorded = await installation.readCollection(keyOf(collection));
      const strategies = checkStrategies(recorded?.strategies, rules);
      checkRenames(settingsOf(collection)?.renames ?? {}, rules, recorded?.strategies);
      const schema = versionOf(collection);
      if (recorded?.schema === schema) return;
      // The new schema is recorded when everything is stored as it says.
      await installation.writeCollection(keyOf(collection), { strategies, schema: recorded?.schema ?? schema });
      if (recorded) outdated.add(collection);
    },

    /** Before anybody reads the collection: a property under its old name only would be missing. */
    async rewriteRenamed(collection: string, store: DocumentStore): Promise<void> {
      if (!outdated.has(collection) || !settingsOf(collection)?.renames) return;
      // What fails is tried again behind.
      await rewrite(collection, store).catch(() => {});
    },

    /** Takes its time; whoever reads meanwhile finds some documents as they were. */
    async rewriteOutdated(store: DocumentStore): Promise<void> {
      for (const collection of outdated) await rewrite(collection, store);
    },
  };
}
