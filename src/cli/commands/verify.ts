import { KitError } from '../../preset/kit-error';
import type { CommandContext, CommandResult } from './context';

export interface VerifyOptions {
  readonly build: string;
  readonly base?: string;
  readonly report: string;
  readonly driver?: string;
  readonly relays?: string;
  readonly browser?: string;
}

export async function verify(_context: CommandContext, _options: VerifyOptions): Promise<CommandResult> {
  throw new KitError('NOT_YET', 'not yet');
}
