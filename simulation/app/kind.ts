/** A kind of property: what the schema says of it, and the values that people give it. Each is drawn for one world. */
import type { SyncValue } from '../../src/runtime/core/json';
import type { PropertySchema } from '../../src/runtime/core/schema';
import type { Dice } from '../random';

export interface Kind {
  /** As the chronicle counts it. */
  readonly name: string;
  readonly schema: PropertySchema;
  /** A value that the schema takes. */
  draw(hand: Hand): SyncValue;
  /** Another value after the one that is shown, valid too; by itself a drawn one. It may happen to be the same. */
  change?(shown: SyncValue | undefined, hand: Hand): SyncValue;
  /** Nobody writes it who may not count; to take it away counts too. */
  readonly isCounter?: boolean;
  /** A default of the schema; by itself a drawn value. */
  standard?(hand: Hand): SyncValue;
  /** The same in a newer version of the app, which knows one more property in it; by itself nothing changes. */
  readonly grown?: Kind;
  /** Values that the schema refuses. */
  readonly invalid: readonly SyncValue[];
}

/** Whose hand writes. */
export interface Hand {
  readonly dice: Dice;
  /** Two clones that both count before one of them has another id may miscount (docs/protocol.md, section 6). */
  readonly mayCount: boolean;
}

/** What a world has room for. */
export interface Room {
  /** Of JSON in one text: a register has to fit into an event of the smallest page. */
  readonly textBytes: number;
}

export type DrawKind = (dice: Dice, room: Room) => Kind;

export const changeOf = (kind: Kind, shown: SyncValue | undefined, hand: Hand): SyncValue =>
  kind.change ? kind.change(shown, hand) : kind.draw(hand);
