/** Refuses an identity that no place of the app could use, or that would be the same for everybody. */
import { KitError } from '../preset/kit-error';
import { invalidAnswer } from './answers';
import type { Facts } from './discover/facts';
import { examineChoice, type ChosenPart } from './discover/identity-choice';
import type { ProjectFiles } from './discover/project-files';

/** @throws KitError ANSWERS_INVALID, IDENTITY_LITERAL */
export function checkIdentity(
  files: ProjectFiles,
  facts: Facts,
  expressions: readonly string[],
): readonly ChosenPart[] {
  const parts = examineChoice(files, facts.identity, expressions, facts.dir.proposed);
  const problem = parts.find((part) => part.problem !== null)?.problem;
  if (problem != null) throw invalidAnswer(`${problem} ${whatWasFound(facts)}`);
  if (parts.every(({ kind }) => kind === 'literal')) {
    throw new KitError(
      'IDENTITY_LITERAL',
      `${expressions.join(', ')} is the same for everybody who opens the app, so everybody in the world would share one database that each of them can write. Nothing was changed. ` +
        `Name an expression that is another one for each user. ${whatWasFound(facts)} For an app without users answer --no-users: a sync code takes the place of an identity.`,
    );
  }
  return parts;
}

function whatWasFound({ identity }: Facts): string {
  const found = identity.proposals.filter(({ parts }) => parts.length === 1).slice(0, 3);
  if (found.length === 0) return 'The source names no user that could be proposed.';
  const names = found.map(({ parts: [part] }) => `${part?.expression} (${part?.evidence.file}:${part?.evidence.line})`);
  return `The source has ${names.join(', ')}.`;
}
