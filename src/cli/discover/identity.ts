/** The second context: which stable identifiers the app's own session code already holds, ranked, each with the line it was found in. */
import { findSessionFields, type SessionField } from './session-fields';
import type { ProjectFiles } from './project-files';
import { whySkipped } from './skipped-files';
import { parseSource, type Evidence } from './syntax';
import type { IdentifierKind } from './identity-sources';

export interface IdentityPart {
  /** As the app would write it: `user.sub`. */
  readonly expression: string;
  readonly kind: IdentifierKind;
  /** Where it comes from, in words: `Auth0's useAuth0()`. */
  readonly source: string;
  readonly evidence: Evidence;
  /** How code reaches it, where a hook gives it. */
  readonly access: SessionField['access'];
}

export interface IdentityProposal {
  readonly parts: readonly IdentityPart[];
  /** True where somebody who knows or guesses public facts about a person could name all parts. */
  readonly guessable: boolean;
  readonly why: string;
}

export interface IdentityFacts {
  /** Best first. */
  readonly proposals: readonly IdentityProposal[];
  /** A whole sentence where every proposal can be guessed. */
  readonly warning: string | null;
}

export function discoverIdentity(files: ProjectFiles, options: { readonly ignore?: string } = {}): IdentityFacts {
  const found = sourceFiles(files, options.ignore).flatMap((file) => {
    const source = parseSource(file, files.read(file) ?? '');
    return source === null ? [] : findSessionFields(source);
  });
  const parts = uniqueParts(found);
  const proposals = [...parts.map((part) => propose([part])), ...compounds(parts)].sort(
    (a, b) => scoreOf(b) - scoreOf(a),
  );
  return { proposals, warning: warningFor(proposals) };
}

/** The app's own code: tests, mocks, stories and declarations say nothing about who is signed in. */
export function sourceFiles(files: ProjectFiles, ignore?: string): readonly string[] {
  return files
    .list('src')
    .filter((file) => /\.[cm]?[jt]sx?$/.test(file) && !/\.d\.[cm]?ts$/.test(file))
    .filter(
      (file) =>
        !/(^|[/.])(__tests__|__mocks__|__fixtures__|tests?|specs?|mocks?|msw|fixtures?|stories|storybook|cypress|e2e|faker|seeds?)([/.]|$)/i.test(
          file,
        ),
    )
    .filter((file) => !/\/(setupTests|testUtils|test-utils)\./.test(file))
    .filter((file) => ignore === undefined || !file.startsWith(`${ignore}/`))
    .filter((file) => whySkipped(file, files.read(file) ?? '') === null);
}

function uniqueParts(fields: readonly SessionField[]): readonly IdentityPart[] {
  const partsByKey = new Map<string, IdentityPart & { readonly rank: number }>();
  for (const field of fields) {
    const key = `${field.source} ${field.expression}`;
    const previous = partsByKey.get(key);
    // Of two places the one that really reads the field says more than one that only calls the hook.
    if (previous === undefined || field.rank > previous.rank) partsByKey.set(key, field);
  }
  return [...partsByKey.values()].map(({ expression, kind, source, evidence, access }) => ({
    expression,
    kind,
    source,
    evidence,
    access,
  }));
}

/** Pairs of an identifier that never changes and one that makes it harder to guess, from the same source. */
function compounds(parts: readonly IdentityPart[]): readonly IdentityProposal[] {
  return parts.flatMap((stable) => {
    if (stable.kind !== 'opaque' && stable.kind !== 'id') return [];
    const email = parts.find((part) => part.kind === 'email' && part.source === stable.source);
    return email === undefined ? [] : [propose([stable, email])];
  });
}

function propose(parts: readonly IdentityPart[]): IdentityProposal {
  const kinds = parts.map((part) => part.kind);
  return { parts, guessable: isGuessable(parts), why: reasonFor(kinds) };
}

function reasonFor(kinds: readonly IdentifierKind[]): string {
  if (kinds.length > 1) return 'harder to guess together, but the data stays behind when the address changes';
  switch (kinds[0]) {
    case 'opaque':
      return 'never changes and is long and random';
    case 'id':
      return 'never changes; if it is a small number it can be guessed: then add a secret';
    case 'public-key':
      return 'never changes, but everybody knows it: add a secret';
    case 'email':
      return 'can be guessed, and changes with the address: add a secret or an id';
    case 'name':
      return 'can be guessed and may change';
    case 'phone':
      return 'can be guessed by trying all numbers, and may change';
    default:
      return '';
  }
}

const kindScore: Readonly<Record<IdentifierKind, number>> = {
  opaque: 100,
  id: 80,
  'public-key': 50,
  email: 40,
  name: 20,
  phone: 10,
};

function scoreOf({ parts }: IdentityProposal): number {
  const [first] = parts;
  if (first === undefined) return 0;
  const weakSource = /localStorage|property/.test(first.source) ? 15 : 0;
  return kindScore[first.kind] - weakSource - (parts.length - 1);
}

function warningFor(proposals: readonly IdentityProposal[]): string | null {
  if (proposals.length === 0 || proposals.some((proposal) => !proposal.guessable)) return null;
  return `Everything that was found can be guessed by others (an e-mail address, a name, a public key). ${guessableMeans}`;
}

const guessableMeans =
  'Whoever takes the salt out of the app could then try out who uses it and read their data. Pass a secret too ' +
  "(SyncEngine.open({ identity, secret })), or use an id from your auth provider. The kit's docs/threat-model.md says more.";

/** What has to be said where something guessable was chosen although there was better; `null` where nothing has. */
export function choiceWarning({ proposals, warning }: IdentityFacts, chosen: readonly string[]): string | null {
  const parts = proposals.flatMap((proposal) => proposal.parts);
  const found = chosen.flatMap((expression) => parts.find((part) => part.expression === expression) ?? []);
  if (warning !== null || found.length === 0 || found.length < chosen.length || !isGuessable(found)) return null;
  return `${chosen.join(', ')} can be guessed by others. ${guessableMeans}`;
}

function isGuessable(parts: readonly IdentityPart[]): boolean {
  return parts.every(({ kind }) => kind !== 'opaque' && kind !== 'id');
}
