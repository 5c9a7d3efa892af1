/** `doctor`: findings, and with `--fix` the changes that mend them. */
import pc from 'picocolors';
import { runDoctor } from '../doctor';
import { showFindings } from '../doctor/show';
import { checkChanges, inTransaction } from '../transaction';
import { ExitStatus, type CommandContext, type CommandResult } from './context';

export interface DoctorFlags {
  readonly fix?: boolean;
  readonly offline?: boolean;
  readonly writeTest?: boolean;
  readonly url?: string;
}

export async function doctor(context: CommandContext, flags: DoctorFlags): Promise<CommandResult> {
  const { root, terminal } = context;
  let findings = await runDoctor(context, { network: flags.offline !== true });
  const changes = findings.flatMap((finding) => finding.fix ?? []);
  if (flags.fix === true && changes.length > 0) {
    checkChanges(root, changes);
    await inTransaction(root, context, async (transaction) => {
      for (const change of changes) await transaction.write(change);
    });
    terminal.print(pc.green(`Mended: ${[...new Set(changes.map(({ path }) => path))].join(', ')}`));
    findings = await runDoctor(context, { network: flags.offline !== true });
  }
  terminal.print(findings.length === 0 ? pc.green('Nothing is wrong.') : showFindings(findings));
  const hasErrors = findings.some(({ severity }) => severity === 'error');
  return { status: hasErrors ? ExitStatus.Failed : ExitStatus.Ok, json: { findings } };
}
