/** What is said about an identity that others can name: what is public, what is guessed, and what is the same for everybody and adds nothing. */
import type { IdentifierKind } from './identity-sources';

/** A whole sentence where everything that was found can be guessed. */
export function warningFor(guessable: readonly boolean[]): string | null {
  if (guessable.length === 0 || guessable.includes(false)) return null;
  return `Everything that was found can be guessed by others (an e-mail address, a name, a public key). ${guessableMeans}`;
}

const guessableMeans =
  'Whoever takes the salt out of the app could then try out who uses it and read their data. Pass a secret too ' +
  "(SyncEngine.open({ identity, secret })), or use an id from your auth provider. The kit's docs/threat-model.md says more.";

interface Chosen {
  readonly expression: string;
  readonly kind: IdentifierKind | 'literal' | null;
  /** The candidate that it is; `null` where it was typed. */
  readonly found: object | null;
}

/** What has to be said where something guessable was chosen although there was better; `null` where nothing has. */
export function choiceWarning(
  { warning }: { readonly warning: string | null },
  chosen: readonly Chosen[],
): string | null {
  const kinds = chosen.flatMap(({ kind }) => (kind === null ? [] : [kind]));
  if (chosen.length === 0 || kinds.length < chosen.length || !isGuessable(kinds)) return null;
  // What the warning above the plan says about all that was found is not said again.
  if (warning !== null && chosen.every(({ found }) => found !== null)) return null;
  const literals = chosen.filter(({ kind }) => kind === 'literal').map(({ expression }) => expression);
  const adds = literals.length === 0 ? '' : ` ${literals.join(', ')} is the same for everybody and adds nothing.`;
  return `${chosen.map(({ expression }) => expression).join(', ')} can be guessed by others.${adds} ${guessableMeans}`;
}

export function isGuessable(kinds: readonly (IdentifierKind | 'literal')[]): boolean {
  return kinds.every((kind) => kind !== 'opaque' && kind !== 'id');
}
