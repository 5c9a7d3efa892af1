/** What a plan is: every file to write with its text before and after, as pure data. `make-plan.ts` makes it, nothing here touches a file. */
import type { Answers } from '../answers';
import type { ChosenPart } from '../discover/identity-choice';
import type { Facts } from '../discover/facts';
import type { ProjectFiles } from '../discover/project-files';
import type { IgnoringPattern } from '../git';
import type { FileRole, InstallationRecord } from '../installation-record';
import type { Kit } from '../kit';
import type { NextStep } from '../next';
import type { Environment } from '../process';
import type { FileChange } from '../transaction';

/** `secret` holds the salt: its text is never shown, recorded or taken back. */
export type WriteRole = Exclude<FileRole, 'lock'> | 'secret';

export interface PlannedWrite {
  /** Relative to the project, with `/`. */
  readonly path: string;
  /** `null` where the file does not exist yet. */
  readonly before: string | null;
  readonly after: string;
  readonly role: WriteRole;
  readonly why: string;
}

export interface Plan {
  readonly writes: readonly PlannedWrite[];
  /** Whether packages changed, so that the package manager has to run. */
  readonly install: boolean;
  /** What a person has to do, each in whole sentences; snippets included. */
  readonly byHand: readonly string[];
  readonly notes: readonly string[];
  /** What there is to do once it is carried out, because of this plan. */
  readonly next: readonly NextStep[];
  readonly dir: string;
  readonly answers: Answers;
  /** What each part of the identity is and where it can stand. */
  readonly identity: readonly ChosenPart[];
  readonly others?: readonly OtherChange[];
  /** Files that are edited, as they would be without the kit, where that is known better than by comparing their copies. */
  readonly originals?: Readonly<Record<string, string>>;
}

export interface PlanRequest {
  readonly files: ProjectFiles;
  readonly facts: Facts;
  readonly answers: Answers;
  readonly kit: Kit;
  readonly record: InstallationRecord | null;
  readonly env: Environment;
  readonly random: (bytes: number) => Uint8Array;
  /** ms since the epoch. */
  readonly now: () => number;
  /** What git would leave out of commits. */
  readonly ignored?: readonly IgnoringPattern[];
}

/** A change beside what a plan writes: of a file that goes, or that the kit is taken out of. */
export interface OtherChange extends FileChange {
  /** `null` for the kit's own copies, which nobody is shown. */
  readonly why: string | null;
}

/** What the parts of a plan add to. */
export interface Draft {
  write(write: PlannedWrite): void;
  byHand(text: string): void;
  note(text: string): void;
  next(step: NextStep): void;
}

/** A draft, and what has come together in it so far. */
export interface Drafting {
  readonly draft: Draft;
  readonly writes: PlannedWrite[];
  readonly byHand: string[];
  readonly notes: string[];
  readonly next: NextStep[];
}

export function beginDraft(): Drafting {
  const writes: PlannedWrite[] = [];
  const byHand: string[] = [];
  const notes: string[] = [];
  const next: NextStep[] = [];
  const draft: Draft = {
    write: (write) => void (write.before === write.after || writes.push(write)),
    byHand: (text) => void byHand.push(text),
    note: (text) => void notes.push(text),
    next: (step) => void next.push(step),
  };
  return { draft, writes, byHand, notes, next };
}
