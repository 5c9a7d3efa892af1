/** What `migrate` does: the kit into the new tool's configuration, out of the former one's where that is gone, and a record that `undo` and `update` work from. */
import { permanentConfigIn } from '../app-config';
import { KitError } from '../../preset/kit-error';
import type { Facts } from '../discover/facts';
import { overlaid } from '../discover/overlaid-files';
import { packageJsonOf } from '../discover/package-json';
import { discoverPlatform } from '../discover/platform';
import type { ProjectFiles } from '../discover/project-files';
import { runsOf, type ScriptRun } from '../discover/scripts';
import { homeOf } from '../homes';
import { hashOf, recordFile, type InstallationRecord } from '../installation-record';
import type { Kit } from '../kit';
import { planConfigFiles } from '../plan/config-files';
import { planGitignore } from '../plan/gitignore';
import { planClashes } from '../plan/make-plan';
import { planPackageJson } from '../plan/package-json';
import { beginDraft } from '../plan/plan';
import type { Draft, Plan, PlannedWrite, PlanRequest } from '../plan/plan';
import type { WasmWay } from '../homes/wiring';
import { adviceFor } from './advice';
import { planFormerConfigs, rebaseSettings } from './former-configs';
import type { Move } from './move';
import { unwirePackageJson } from './package-json';
import { draftRecord, type RecordDraft } from './record-changes';
import { compareSalts } from './salt-order';
import { planForm } from './template-form';
import { compareVersions } from './versions';

export interface MigrationRequest extends Pick<PlanRequest, 'env' | 'random' | 'now'> {
  readonly files: ProjectFiles;
  readonly record: InstallationRecord;
  readonly move: Move;
  readonly facts: Facts;
  readonly kit: Kit;
  readonly wasm: WasmWay | undefined;
}

export interface Migration {
  readonly plan: Plan;
  /** The record that the plan is carried out on. */
  readonly record: InstallationRecord;
}

/** @throws KitError APP_CHANGED, SALT_ORDER, SALT_DIFFERENT, SALT_MALFORMED, DATABASE_VERSION, UPDATE_FIRST */
export async function planMigration(request: MigrationRequest): Promise<Migration> {
  const { files, record, move, kit, env } = request;
  const { draft, writes, byHand, notes, next } = beginDraft();
  requireSameApp(files, record);
  notes.push(...compareVersions(files, kit));
  const unwired = unwirePackageJson(files, record, move);
  const present = files.read('package.json') ?? '{}';
  const moved = overlaid(files, { 'package.json': unwired.text });
  const platform = discoverPlatform(moved, move.to);
  const salts = compareSalts(files, env, move, platform, record.dir);
  byHand.push(...salts.byHand);
  notes.push(...salts.notes);

  const changes = draftRecord(files, record);
  const form = await planForm(files, record, kit, draft, changes);
  const answers = {
    ...record.choices,
    dir: record.dir,
    example: false,
    ...(request.wasm !== undefined && { wasm: request.wasm }),
  };
  const facts: Facts = { ...request.facts, platform, form };
  const planned: PlanRequest = { ...request, files: moved, facts, answers };
  const arePackagesAdded = planPackageJson(planned, draft);
  planConfigFiles(planned, draft);
  planGitignore(planned, draft);
  planClashes(planned, writes, draft);
  await planFormerConfigs(files, record, move, platform, draft, changes);
  rebaseSettings(files, record, changes);
  const edited = planOfPackageJson(writes, present, unwired, changes);
  changes.forgetPackages(unwired.going);
  scriptsByHand(edited ?? unwired.text, move, draft);
  return {
    record: { ...changes.record, form },
    plan: {
      writes: writes.map((write) => ({ ...write, before: files.read(write.path) })),
      install: arePackagesAdded || unwired.going.length > 0,
      byHand,
      notes: [...notes, ...adviceFor(moved, move, platform)],
      next,
      dir: record.dir,
      answers,
      identity: [],
      others: changes.others,
      originals: { 'package.json': unwired.withoutKit },
    },
  };
}

/** What comes out and what comes in is one change. Returns the text that is written; `null` where it stays as it is. */
function planOfPackageJson(
  writes: PlannedWrite[],
  present: string,
  { text, withoutKit, isRewritten }: ReturnType<typeof unwirePackageJson>,
  changes: RecordDraft,
): string | null {
  const path = 'package.json';
  const at = writes.findIndex((write) => write.path === path);
  const planned = writes[at];
  const after = planned?.after ?? text;
  if (after === present) {
    if (at !== -1) writes.splice(at, 1);
    // Nothing is to be written, and what the app has written since is its own from now on.
    if (isRewritten) changes.rebase(path, withoutKit, present);
    return null;
  }
  const why = [
    ...(text === present ? [] : ['what only the former tool needed goes']),
    ...(after === text ? [] : ['what the kit needs with the new tool']),
  ];
  const write: PlannedWrite = { path, before: present, after, role: 'edited', why: why.join('; ') };
  if (at === -1) writes.unshift(write);
  else writes[at] = write;
  return after;
}

/** Data belongs to an app by its id, its salt and its iterations: a configuration that has others is another app's. @throws KitError APP_CHANGED */
function requireSameApp(files: ProjectFiles, { dir, app }: InstallationRecord): void {
  const file = `${dir}/config.json`;
  const text = files.read(file);
  if (text === null)
    throw new KitError(
      'APP_CHANGED',
      `${file} is missing. It has the app's id and the fingerprint of its salt, without which nobody's data is found. Nothing was changed. Bring the template's folder with the app: restore it from git.`,
    );
  if (app === undefined) return;
  const present = permanentConfigIn(text);
  const other = (['appId', 'kind', 'salts', 'iterations'] as const).find(
    (key) => app[key] !== undefined && hashOf(JSON.stringify(present[key]) ?? '') !== hashOf(JSON.stringify(app[key])),
  );
  if (other === undefined) return;
  throw new KitError(
    'APP_CHANGED',
    `"${other}" of ${file} is not the one that ${recordFile} knows (${JSON.stringify(app[other])}), and users' data is found by it. Nothing was changed. Restore it from git; where it was changed on purpose, in an app without users, correct "app" in ${recordFile}.`,
  );
}

/** A script of the former tool that is gone is the app's own conversion. */
function scriptsByHand(text: string, { from, to, isFormerGone }: Move, draft: Draft): void {
  if (!isFormerGone) return;
  for (const { script, runner, task } of formerRuns(text, from))
    draft.byHand(
      `The script "${script}" still runs ${runner}, which is gone. Make it what the new tool does: ${commandFor(to, task)}.`,
    );
}

function formerRuns(text: string, from: Move['from']): readonly ScriptRun[] {
  const { runners } = homeOf(from);
  return runsOf(packageJsonOf('package.json', text).scripts).filter(({ runner }) => runners.includes(runner));
}

function commandFor(to: Move['to'], task: string): string {
  if (task === 'test') return 'vitest, or the test runner of your choice';
  return task === 'build' ? `"${homeOf(to).runners[0]} build"` : `"${homeOf(to).start}"`;
}
