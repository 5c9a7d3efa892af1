/** The configuration of the former tool: without the kit where nothing runs it any more, and as it is where something does. */
import type { PlatformFacts } from '../discover/platform-facts';
import type { ProjectFiles } from '../discover/project-files';
import { homes } from '../homes';
import { writtenOf, type InstallationRecord } from '../installation-record';
import type { Draft } from '../plan/plan';
import { planFile } from '../undo/plan-file';
import { copiesOf } from './package-json';
import type { Move } from './move';
import type { RecordDraft } from './record-changes';
import { takeOutJson } from '../undo/take-out-json';

export async function planFormerConfigs(
  files: ProjectFiles,
  record: InstallationRecord,
  { from, to, isFormerGone }: Move,
  { configs, testConfigs }: Pick<PlatformFacts, 'configs' | 'testConfigs'>,
  draft: Pick<Draft, 'byHand'>,
  changes: RecordDraft,
): Promise<void> {
  const ofTarget = new Set([...configs, ...testConfigs].map(({ file }) => file));
  const title = homes[from].title;
  for (const [path, recorded] of Object.entries(record.files)) {
    if (!isFormerGone || ofTarget.has(path) || (recorded.role !== 'created' && recorded.role !== 'edited')) continue;
    if (!kitOfOtherTools(to).test(files.read(writtenOf(path)) ?? files.read(path) ?? '')) continue;
    const present = files.read(path);
    const outcome = await planFile(files, record, path, recorded);
    if (outcome.kind !== 'done') {
      draft.byHand(
        `${path} has the kit for ${title}, which is gone, and it cannot be taken out safely: delete the file, or take the lines out.`,
      );
      continue;
    }
    if (present !== null)
      changes.change(path, outcome.text, outcome.text === null ? `it was for ${title}` : `the kit is taken out of it`);
    changes.forget(path);
  }
  for (const file of isFormerGone ? files.list('') : []) {
    if (!/^[^/]+\.[cm]?[jt]s$/.test(file) || record.files[file] !== undefined || ofTarget.has(file)) continue;
    if (kitOfOtherTools(to).test(files.read(file) ?? ''))
      draft.byHand(`${file} uses the kit for ${title}, which is gone, and no run has written that: delete the file.`);
  }
}

/** The module of the kit in a configuration of any other tool. */
function kitOfOtherTools(to: Move['to']): RegExp {
  return to === 'vite' ? /['"]zero-backend-sync\/(craco|webpack)['"]/ : /['"]zero-backend-sync\/(craco|vite)['"]/;
}

/**
 * JSON files that an earlier run has edited and the move has rewritten, such as tsconfig.json: what the app has put in the place of an edit is its own, and
 * `undo` could not tell that.
 */
export function rebaseSettings(files: ProjectFiles, record: InstallationRecord, changes: RecordDraft): void {
  for (const [path, { role }] of Object.entries(record.files)) {
    const present = files.read(path);
    if (role !== 'edited' || path === 'package.json' || !path.endsWith('.json') || present === null) continue;
    const texts = copiesOf(files, record, path, present);
    if (texts === null) continue;
    const { text, left } = takeOutJson(path, texts);
    if (left.length === 0) continue;
    if (text === present) changes.forget(path);
    else changes.rebase(path, text, present);
  }
}
