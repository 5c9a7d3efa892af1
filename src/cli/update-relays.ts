/** The part of `update` that keeps the relays of the last release known, in config.json as the app and the merge leave it. */
import type { ProjectFiles } from './discover/project-files';
import { setJson } from './edit/json';
import { formatEdits } from './format-template';
import { lastListOf, listsIn, sharedBy, withFormerRelays } from './former-relays';
import { hashOf, writtenOf, type InstallationRecord, type RecordedFile } from './installation-record';
import type { FileChange } from './transaction';

/** What an earlier `update` has written beside the template's own lists is no part of the template either. */
export function withFormerRelaysOf(base: string, text: string): string {
  const { formerRelays } = listsIn('config.json', base);
  return formerRelays.length === 0 ? text : setJson('config.json', text, ['formerRelays'], formerRelays);
}

interface UpdateDraft {
  readonly changes: FileChange[];
  readonly recorded: Record<string, RecordedFile>;
  readonly conflicts: readonly string[];
  readonly notes: string[];
}

/** Relays that have left the list since the last time become former ones, in config.json as the app and the merge leave it. Resolves with the list. */
export async function moveFormerRelays(
  files: ProjectFiles,
  record: InstallationRecord,
  { changes, recorded, conflicts, notes }: UpdateDraft,
): Promise<readonly string[] | undefined> {
  const path = `${record.dir}/config.json`;
  const textOf = (file: string) => {
    const change = changes.find((each) => each.path === file);
    return change ? (change.after?.toString() ?? null) : files.read(file);
  };
  const before = textOf(path);
  const last = lastListOf(files, record);
  // With marks in it, it is no JSON.
  if (before === null || last === undefined || conflicts.includes(path)) return record.relays;
  const { relays } = listsIn(path, before);
  const moving = withFormerRelays(before, last);
  if (moving.moved.length > 0)
    notes.push(
      `${path}: ${moving.moved.join(', ')} left "relays" and ${moving.moved.length === 1 ? 'is' : 'are'} in "formerRelays" now, so that devices with the last release are met.`,
    );
  if (moving.moved.length > 0 && sharedBy(relays, last) < 2)
    notes.push(
      `${path} shares ${sharedBy(relays, last)} relays with the last list. Devices of the two releases meet slowly: change the list in two steps, of which each keeps two relays (docs/relays.md).`,
    );
  if (moving.text === before) return relays;
  const { [path]: after = moving.text } = await formatEdits(files, [{ path, before, after: moving.text }]);
  const isAsWritten = textOf(writtenOf(path)) === before;
  for (const file of isAsWritten ? [path, writtenOf(path)] : [path]) {
    const known = changes.findIndex((each) => each.path === file);
    const change = { path: file, before: files.read(file), after };
    if (known < 0) changes.push(change);
    else changes[known] = change;
  }
  if (isAsWritten) recorded[path] = { role: 'template', hash: hashOf(after) };
  return relays;
}
