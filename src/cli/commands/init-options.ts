/** The flags of `init`. */
import type { AnswerFlags } from '../answers';

export interface InitOptions extends AnswerFlags {
  readonly yes?: boolean;
  readonly force?: boolean;
  /** Prints the questions and what would change. */
  readonly plan?: boolean;
  readonly dryRun?: boolean;
  readonly diff?: boolean;
  readonly skipInstall?: boolean;
  readonly skipBuild?: boolean;
  /** Where the app gets the kit from, instead of the registry. */
  readonly kit?: string;
}
