/** Facts and answers in, plan out. Each part is a module beside this one. */
import { expressionsOf } from '../answers';
import { findClashes } from '../clashes';
import { KitError } from '../../preset/kit-error';
import { examineChoice } from '../discover/identity-choice';
import { choiceWarning } from '../discover/identity-warning';
import { planConfigFiles } from './config-files';
import { planExample } from './example';
import { planGitignore } from './gitignore';
import { planPackageJson } from './package-json';
import { beginDraft } from './plan';
import type { Draft, Plan, PlannedWrite, PlanRequest } from './plan';
import { planSalt } from './salt';
import { planTemplate } from './template';

/** @throws KitError DIR_TAKEN, SALT_MALFORMED, SALT_MISSING, SALT_DIFFERENT, TEMPLATE_MISSING */
export function makePlan(request: PlanRequest): Plan {
  const { draft, writes, byHand, notes, next } = beginDraft();
  const salt = planSalt(request, draft);
  planTemplate(request, salt.fingerprint, draft);
  const install = planPackageJson(request, draft);
  planConfigFiles(request, draft);
  planGitignore(request, draft);
  planExample(request, writes, draft);
  planClashes(request, writes, draft);
  if (salt.missing !== null && writes.length === 0) throw salt.missing;
  noteCsp(request, draft);
  noteSkipped(request, draft);
  noteStoredKeys(request, draft);
  const { files, facts, answers, record } = request;
  const identity = examineChoice(files, facts.identity, expressionsOf(answers.identity), record?.dir);
  const warning = identity.length === 0 ? null : choiceWarning(facts.identity, identity);
  if (warning !== null) draft.note(warning);
  return { writes, install, byHand, notes, next, dir: answers.dir, answers, identity };
}

/**
 * What is known to clash with the kit. What is safe to change becomes a part of the plan, on top of what the plan does to the same file.
 * @throws KitError where only the app's owner can decide
 */
export function planClashes({ files, env, kit, record }: PlanRequest, writes: PlannedWrite[], draft: Draft): void {
  const clashes = findClashes({ files, env, peers: kit.peers });
  const refused = record === null ? clashes.find(({ isRefused }) => isRefused === true) : undefined;
  if (refused !== undefined)
    throw new KitError(refused.code, `${refused.what} ${refused.why} Nothing was changed. ${refused.how}`);
  for (const { edit, what, why, how } of clashes) {
    if (edit === undefined) {
      draft.note(`${what} ${why} ${how}`);
      continue;
    }
    const at = writes.findIndex(({ path }) => path === edit.path);
    const planned = writes[at];
    if (planned !== undefined) {
      writes[at] = { ...planned, after: edit.change(planned.after), why: `${planned.why}; ${edit.why}` };
    } else {
      const before = files.read(edit.path);
      const role = before === null ? 'created' : 'edited';
      draft.write({ path: edit.path, before, after: edit.change(before), role, why: edit.why });
    }
  }
}

/** What the app's users have in localStorage already: it comes in once, or stays where it is. */
function noteStoredKeys({ facts: { storage }, record }: PlanRequest, draft: Draft): void {
  const keys = storage.findings.filter(({ what }) => what.startsWith('localStorage "'));
  if (keys.length === 0 || record !== null) return;
  const named = keys.map(
    ({ what, evidence: { file, line } }) => `${what.slice('localStorage '.length)} (${file}:${line})`,
  );
  draft.note(
    `localStorage holds ${named.join(', ')}. How what users have there comes in once, and what goes then: node_modules/zero-backend-sync/docs/existing-state.md`,
  );
}

/** What nobody has read may hold the session or the data that discovery did not find. */
function noteSkipped({ facts: { skipped } }: PlanRequest, draft: Draft): void {
  if (skipped.length === 0) return;
  const named = skipped.slice(0, 5).map(({ file, why }) => `${file} (${why})`);
  const more = skipped.length > 5 ? ` and ${skipped.length - 5} more` : '';
  draft.note(
    `Not read, because programs write such files: ${named.join(', ')}${more}. If one of them knows who is signed in, name it yourself with --identity.`,
  );
}

/** A content security policy that would stop the worker, the WASM or the relays is the app's decision, so the plan only names it. */
function noteCsp({ facts }: PlanRequest, draft: Draft): void {
  for (const { file, line } of facts.platform.csp) {
    draft.note(
      `${file}:${line} sets a content security policy. It has to allow connect-src wss:, script-src 'wasm-unsafe-eval' and worker-src 'self'; "npx zero-backend-sync doctor" checks it.`,
    );
  }
}
