/** What `doctor` says about one thing: what is wrong, why it matters, how to correct it. */
import type { ProjectFiles } from '../discover/project-files';
import type { Evidence } from '../discover/syntax';
import type { KitPeers } from '../kit';
import type { TemplateForm, TemplateFramework } from '../template';
import type { FileChange } from '../transaction';
import type { RunProgram, Environment } from '../process';

export type Severity = 'error' | 'warning' | 'info';

export interface Finding {
  /** The id of its check. */
  readonly check: string;
  /** Stable; the one of a build, a command or the engine where that reports the same problem. */
  readonly code: string;
  readonly severity: Severity;
  readonly what: string;
  readonly why: string;
  readonly how: string;
  readonly evidence?: Evidence;
  /** Changes that correct it and are safe to make without a question. */
  readonly fix?: readonly FileChange[];
  /** What corrects it, where a person has to run it. */
  readonly command?: string;
  /** What the line of the evidence becomes, where a person has to change it. */
  readonly instead?: string;
}

/** What checks work with. */
export interface CheckContext {
  readonly root: string;
  readonly files: ProjectFiles;
  /** The template's folder. */
  readonly dir: string;
  readonly form: TemplateForm;
  /** Of the app whose template it is. Default: React. */
  readonly framework?: TemplateFramework;
  readonly env: Environment;
  readonly run: RunProgram;
  /** Of what the kit brings. */
  readonly peers?: KitPeers;
  /** Where the app gets the kit from; `null` where that is not known. */
  readonly spec?: string | null;
  /** A deployed site that is looked at, too. */
  readonly url?: string;
}

export interface Check {
  readonly id: string;
  /** What is being checked, for the terminal. */
  readonly title: string;
  check(context: CheckContext): readonly Finding[] | Promise<readonly Finding[]>;
}
