/** What in an app is known to clash with the kit: found before anything is changed, by `init` and by `doctor` alike. */
import type { ProjectFiles } from '../discover/project-files';
import type { Finding } from '../doctor/finding';
import type { KitPeers } from '../kit';
import type { Environment } from '../process';

export interface Clash extends Omit<Finding, 'check' | 'fix' | 'instead'> {
  /** What corrects it and is safe; `init` makes it a part of its plan. */
  readonly edit?: ClashEdit;
  /** Whether `init` refuses: it would leave the app red, and only its owner can decide. */
  readonly isRefused?: boolean;
}

export interface ClashEdit {
  readonly path: string;
  readonly why: string;
  /** @param text `null` where the file does not exist */
  change(text: string | null): string;
}

export interface ClashRequest {
  readonly files: ProjectFiles;
  readonly env: Environment;
  readonly peers?: KitPeers | undefined;
}
