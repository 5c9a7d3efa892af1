/** The second context: which stable identifiers the app's own session code already holds, ranked, each with the line it was found in. */
import type { IdentifierKind } from './identity-sources';
import { isGuessable, warningFor } from './identity-warning';
import { readModules } from './modules';
import type { ProjectFiles } from './project-files';
import type { SessionField } from './session-field';
import { findSessionFields } from './session-fields';
import { whySkipped } from './skipped-files';
import { isSourceName } from './syntax';

/**
 * `expression` is what stands at the evidence, or can stand in `place`: `currentUser?.id`. `source` says where it comes from, in words:
 * `Auth0: useAuth0()`. `access` is how another file reaches it, where a hook gives it.
 */
export type IdentityPart = Omit<SessionField, 'key' | 'rank'>;

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
  const parts = uniqueParts(findSessionFields(readModules(files, sourceFiles(files, options.ignore))));
  const proposals = [...parts.map((part) => propose([part])), ...compounds(parts)].sort(
    (a, b) => scoreOf(b) - scoreOf(a),
  );
  return { proposals, warning: warningFor(proposals.map(({ guessable }) => guessable)) };
}

/** The app's own code: tests, mocks, stories and declarations say nothing about who is signed in. */
export function sourceFiles(files: ProjectFiles, ignore?: string): readonly string[] {
  return files
    .list('src')
    .filter(isSourceName)
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

/** Each identifier once: the reading of it that can be used best. */
function uniqueParts(fields: readonly SessionField[]): readonly IdentityPart[] {
  const byKey = bestBy(fields, ({ key }) => key);
  // Two ways to the same session are written alike; a bare `id` means another thing in each file.
  const written = ({ expression, evidence }: SessionField) =>
    /^\w+$/.test(expression) ? `${evidence.file} ${expression}` : expression.replace(/[?!\s]/g, '');
  return bestBy(byKey, written).map(({ key: _, rank: __, ...part }) => part);
}

function bestBy(fields: readonly SessionField[], keyOf: (field: SessionField) => string): readonly SessionField[] {
  const best = new Map<string, SessionField>();
  for (const field of fields) {
    const previous = best.get(keyOf(field));
    if (previous === undefined || isBetter(field, previous)) best.set(keyOf(field), field);
  }
  return [...best.values()];
}

/** In scope where a provider can stand, then reactive, then read rather than only known to be there. */
function isBetter(a: SessionField, b: SessionField): boolean {
  const order = (field: SessionField) => [
    usefulness[field.place.kind],
    Number(field.isReactive),
    Number(field.place.kind === 'component'),
    field.rank,
  ];
  const [first, second] = [order(a), order(b)];
  const index = first.findIndex((value, at) => value !== second[at]);
  return index !== -1 && (first[index] ?? 0) > (second[index] ?? 0);
}

const usefulness: Readonly<Record<IdentityPart['place']['kind'], number>> = {
  component: 2,
  hook: 2,
  module: 1,
  function: 0,
};

/** Pairs of an identifier that never changes and one that makes it harder to guess, from the same source. */
function compounds(parts: readonly IdentityPart[]): readonly IdentityProposal[] {
  return parts.flatMap((stable) => {
    if (stable.kind !== 'opaque' && stable.kind !== 'id') return [];
    const email = parts.find(
      (part) => part.kind === 'email' && part.source === stable.source && part.evidence.file === stable.evidence.file,
    );
    return email === undefined ? [] : [propose([stable, email])];
  });
}

function propose(parts: readonly IdentityPart[]): IdentityProposal {
  const kinds = parts.map((part) => part.kind);
  return { parts, guessable: isGuessable(kinds), why: reasonFor(kinds) };
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
  const elsewhere = first.place.kind === 'function' ? 5 : first.isReactive ? 0 : 2;
  return kindScore[first.kind] - weakSource - elsewhere - (parts.length - 1);
}
