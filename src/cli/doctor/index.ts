/** `doctor`: every check in order, each a small file of its own. */
import type { CommandContext } from '../commands/context';
import { usualDir } from '../discover/facts';
import { readManifest } from '../manifest';
import type { Check, Finding } from './finding';

const localChecks: readonly Check[] = [];

export interface DoctorOptions {
  /** Ask relays, which takes seconds. */
  readonly network: boolean;
  /** Ids of checks to leave out. */
  readonly ignore?: readonly string[];
}

export async function runDoctor(context: CommandContext, { ignore = [] }: DoctorOptions): Promise<readonly Finding[]> {
  const dir = readManifest(context.files)?.dir ?? usualDir;
  const findings: Finding[] = [];
  for (const check of localChecks) {
    if (!ignore.includes(check.id)) findings.push(...(await check.check({ ...context, dir })));
  }
  return findings;
}
