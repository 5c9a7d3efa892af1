/** The part of a plan that gives the app a salt, or takes the one that it has. */
import { KitError } from '../../preset/kit-error';
import { withLine } from '../edit/lines';
import { recordFile } from '../installation-record';
import { findSalts, knownSalt, makeSalt, saltFile, saltWarning } from '../salt';
import type { Draft, PlanRequest } from './plan';

/** What the plan found of the app's salt. */
export interface PlannedSalt {
  readonly fingerprint: string;
  /** The salt exists and this computer does not have it. Thrown where the plan has nothing else to do. */
  readonly missing: KitError | null;
}

/** An existing salt is never replaced: another one would lock every user out of their data. @throws KitError SALT_MALFORMED, SALT_DIFFERENT, SALT_MISSING */
export function planSalt({ files, answers, env, random, record }: PlanRequest, draft: Draft): PlannedSalt {
  const known = knownSalt(files, answers.dir);
  const [found] = findSalts(files, env);
  if (found !== undefined) {
    if (found.fingerprint === null) {
      throw new KitError(
        'SALT_MALFORMED',
        `SYNC_SALT in ${found.origin} is not the base64 of 32 bytes. Nothing was changed. Restore it from your backup, or take the line out if this app has no users yet.`,
      );
    }
    if (known !== null && known.fingerprint !== found.fingerprint) {
      throw new KitError(
        'SALT_DIFFERENT',
        `SYNC_SALT in ${found.origin} has the fingerprint ${found.fingerprint}, but ${known.where} expects ${known.fingerprint}. Nothing was changed. Restore the right salt from your backup or a teammate (npx zero-backend-sync salt import).`,
      );
    }
    return { fingerprint: found.fingerprint, missing: null };
  }
  if (known === null && record === null) return { fingerprint: planFreshSalt(files, random, draft), missing: null };

  const which =
    known === null
      ? `${recordFile} says that this app has a salt`
      : `${known.where} expects a salt with the fingerprint ${known.fingerprint}`;
  const missing = new KitError(
    'SALT_MISSING',
    `${which}, and this computer does not have it. A new one would lock users out, so none was made and nothing was changed. Get it from a teammate or your backup: npx zero-backend-sync salt import.`,
  );
  // Without an installation there is no template to restore either.
  if (known === null || record === null) throw missing;
  draft.byHand(
    `${which}, and this computer does not have it. A new one would lock users out, so none was made. Get it from a teammate or your backup: npx zero-backend-sync salt import.`,
  );
  return { fingerprint: known.fingerprint, missing };
}

function planFreshSalt(files: PlanRequest['files'], random: PlanRequest['random'], draft: Draft): string {
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
