/** The part of a plan that gives the app a salt, or takes the one that it has. */
import { KitError } from '../../preset/kit-error';
import { withLine } from '../edit/lines';
import { expectedFingerprint, findSalts, makeSalt, saltFile, saltWarning } from '../salt';
import type { Draft, PlanRequest } from './plan';

/** An existing salt is never replaced: another one would lock every user out of their data. Returns the fingerprint. */
export function planSalt({ files, answers, env, random }: PlanRequest, draft: Draft): string {
  const expected = expectedFingerprint(files, answers.dir);
  const [found] = findSalts(files, env);
  if (found !== undefined) {
    if (found.fingerprint === null) {
      throw new KitError(
        'SALT_MALFORMED',
        `SYNC_SALT in ${found.origin} is not the base64 of 32 bytes. Nothing was changed. Restore it from your backup, or take the line out if this app has no users yet.`,
      );
    }
    if (expected !== null && expected !== found.fingerprint) {
      throw new KitError(
        'SALT_DIFFERENT',
        `SYNC_SALT in ${found.origin} has the fingerprint ${found.fingerprint}, but ${answers.dir}/config.json expects ${expected}. Nothing was changed. Restore the right salt from your backup or a teammate (npx zero-backend-sync salt import).`,
      );
    }
    return found.fingerprint;
  }
  if (expected !== null) {
    throw new KitError(
      'SALT_MISSING',
      `${answers.dir}/config.json expects a salt with the fingerprint ${expected}, and this computer does not have it. A new one would lock users out, so none was made and nothing was changed. Get it from a teammate or your backup: npx zero-backend-sync salt import.`,
    );
  }
  const salt = makeSalt(random);
  const before = files.read(saltFile);
  draft.write({
    path: saltFile,
    before,
    after: withLine(before, salt.line),
    role: 'secret',
    why: `a fresh salt, fingerprint ${salt.fingerprint}`,
  });
  draft.note(saltWarning);
  return salt.fingerprint;
}
