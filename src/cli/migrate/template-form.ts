/** The template's files in the form that the new compiler settings take: `enum` and parameter properties are refused by `erasableSyntaxOnly`. */
import { KitError } from '../../preset/kit-error';
import type { ProjectFiles } from '../discover/project-files';
import { templateFormFor } from '../discover/template-form';
import { writtenOf, type InstallationRecord } from '../installation-record';
import type { Kit } from '../kit';
import type { Draft } from '../plan/plan';
import type { TemplateForm } from '../template';
import { planUpdate } from '../update';
import type { RecordDraft } from './record-changes';

/** The form from now on. @throws KitError UPDATE_FIRST */
export async function planForm(
  files: ProjectFiles,
  record: InstallationRecord,
  kit: Kit,
  draft: Pick<Draft, 'byHand' | 'note'>,
  changes: RecordDraft,
): Promise<TemplateForm> {
  // JavaScript runs as it is in every app, and what is erasable is TypeScript as well.
  if (record.form !== 'typescript' || templateFormFor(files, 'typescript') !== 'erasable') return record.form;
  if (record.kit !== kit.version)
    throw new KitError(
      'UPDATE_FIRST',
      `tsconfig.json has "erasableSyntaxOnly", so the template needs its form without enums; it is the one of zero-backend-sync ${record.kit}, and this is ${kit.version}. Nothing was changed. Run "npx zero-backend-sync update" first, and this again.`,
    );
  const form = 'erasable' as const;
  const update = await planUpdate(files, { ...record, form }, kit);
  const why = 'without enums, which "erasableSyntaxOnly" of tsconfig.json refuses';
  const after = new Map(update.changes.map((change) => [change.path, change.after?.toString() ?? null]));
  for (const path of Object.keys(record.files)) {
    if (record.files[path]?.role !== 'template') continue;
    const text = after.get(path);
    const written = after.get(writtenOf(path));
    if (text !== undefined) changes.change(path, text, why);
    if (written != null) changes.keepWritten(path, written);
  }
  for (const path of update.conflicts)
    draft.byHand(`Your changes in ${path} meet lines that have no enums now: choose, and remove the marks (<<<<<<<).`);
  return form;
}
