/** NEG-OPEN, NEG-MSG and NEG-CLOSE of one connection (NIP-77). */
import type { NostrEvent } from '../event';
import { parseFilter } from '../filter';
import type { Filter } from '../filter';
import { createReconciliation } from './reconciliation';

export interface NegentropySessionsOptions {
  readonly maxTagFilters: number;
  /** Sessions that are open at a time; one more takes the place of none. */
  readonly most: number;
  /** Why the question is not answered; undefined if it is. */
  readonly refusalFor: (filter: Filter) => string | undefined;
  /** All that match and that the client may see. */
  readonly find: (filter: Filter) => readonly NostrEvent[];
  readonly send: (...message: readonly unknown[]) => void;
}

export function createNegentropySessions(options: NegentropySessionsOptions) {
  const { send } = options;
  const sessions = new Map<string, ReturnType<typeof createReconciliation>>();

  function answer(id: string, message: unknown): void {
    const session = sessions.get(id);
    if (!session) return send('NEG-ERR', id, 'closed: no such session');
    try {
      send('NEG-MSG', id, session.answer(bytesOf(message)).toString('hex'));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      sessions.delete(id);
      send('NEG-ERR', id, `invalid: ${error.message}`);
    }
  }

  return {
    /** Returns false for what is no message of this protocol. */
    receive(verb: unknown, id: unknown, rest: readonly unknown[]): boolean {
      if (typeof id !== 'string' || id.length === 0 || id.length > 64) return false;
      if (verb === 'NEG-CLOSE') sessions.delete(id);
      else if (verb === 'NEG-MSG') answer(id, rest[0]);
      else if (verb === 'NEG-OPEN') {
        const filter = parseFilter(rest[0], options.maxTagFilters);
        const refusal = 'reason' in filter ? `invalid: ${filter.reason}` : options.refusalFor(filter);
        const isTooMany = !sessions.has(id) && sessions.size >= options.most;
        if ('reason' in filter || refusal !== undefined) send('NEG-ERR', id, refusal);
        else if (isTooMany) send('NEG-ERR', id, 'blocked: too many sessions');
        else {
          sessions.set(id, createReconciliation(options.find(filter)));
          answer(id, rest[1]);
        }
      } else return false;
      return true;
    },
  };
}

function bytesOf(message: unknown): Buffer {
  if (typeof message !== 'string' || !/^([0-9a-f]{2})+$/i.test(message)) throw new RangeError('not in hex');
  return Buffer.from(message, 'hex');
}
