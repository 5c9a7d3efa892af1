/** One identifier of the signed-in user, as it was found. */
import type { HookAccess } from './identity-expression';
import type { IdentifierKind } from './identity-sources';
import type { Place } from './places';
import type { Evidence } from './syntax';

export interface SessionField {
  /** As it can be written in its place. */
  readonly expression: string;
  readonly kind: IdentifierKind;
  readonly source: string;
  readonly evidence: Evidence;
  readonly place: Place;
  readonly isReactive: boolean;
  /** What has to be imported where it is to stand, such as `useSelector of react-redux`. */
  readonly imports: readonly string[];
  readonly access: HookAccess | null;
  /** The same for the same identifier, however it is reached. */
  readonly key: string;
  readonly rank: Rank;
}

/** How much a place says: one that reads a field more than one where it is only known to be. */
export enum Rank {
  Known,
  Call,
  Held,
  Read,
}

/** A hook can be called in every component. */
export const anyComponent: Place = { kind: 'component', name: '' };
