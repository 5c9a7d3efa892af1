/** `doctor`: findings, and with `--fix` the changes that correct them. */
import pc from 'picocolors';
import { runDoctor, type DoctorOptions, type Examination } from '../doctor';
import type { Finding } from '../doctor/finding';
import { countFindings, findingJson, nextOfFindings, showExtent, showFindings } from '../doctor/show';
import { discoverPlatform } from '../discover/platform';
import type { PlatformFacts } from '../discover/platform-facts';
import { buildCommand } from '../discover/script-of';
import { whereIs } from '../discover/syntax';
import { command, type NextStep } from '../next';
import { during } from '../progress';
import { frameworkOf, toolOf } from '../show';
import { Cancelled } from '../terminal';
import { checkChanges, inTransaction, type FileChange } from '../transaction';
import { ExitStatus, settleInterrupted, type CommandContext, type CommandResult } from './context';
import { requireOneOf, requireWebAddress } from './flags';

export interface DoctorFlags {
  readonly fix?: boolean;
  readonly offline?: boolean;
  readonly writeTest?: boolean;
  readonly url?: string;
  /** Warnings count as errors do. */
  readonly strict?: boolean;
}

/** @throws KitError OPTION_INVALID, and those of `settleInterrupted`; Cancelled */
export async function doctor(context: CommandContext, flags: DoctorFlags): Promise<CommandResult> {
  requireWebAddress('--url', flags.url);
  requireOneOf({ '--offline': flags.offline, '--write-test': flags.writeTest });
  await settleInterrupted(context, { changes: flags.fix === true });
  const { root, terminal } = context;
  const options: DoctorOptions = {
    network: flags.offline === true ? null : { write: await mayWrite(context, flags) },
    url: flags.url,
  };
  let examination = await examine(context, options);
  // One change a file in a round: a second one of the same file is made for the text that the first one leaves.
  for (let round = 0; flags.fix === true && round < 5; round++) {
    const changes = fixesOf(examination.findings);
    if (changes.length === 0) break;
    checkChanges(root, changes);
    await inTransaction(root, context, async (transaction) => {
      for (const change of changes) await transaction.write(change);
    });
    terminal.print(pc.green(`Corrected: ${changes.map(({ path }) => path).join(', ')}`));
    examination = await examine(context, options);
  }
  const { findings, ran, leftOut } = examination;
  const platform = discoverPlatform(context.files);
  const place = platform.buildToolEvidence === null ? '' : pc.dim(`  ${whereIs(platform.buildToolEvidence)}`);
  terminal.print(`${toolOf(platform)}; ${frameworkOf(platform)}${place}`);
  terminal.print(
    findings.length === 0
      ? pc.green('Nothing is wrong.')
      : `${showFindings(findings, terminal.width)}\n${countFindings(findings)}`,
  );
  terminal.print(showExtent(examination, terminal.width));
  const fixable = fixesOf(findings).length;
  if (fixable > 0) terminal.print('Some of it is corrected by --fix.');
  const counts = (severity: Finding['severity']) =>
    severity === 'error' || (severity === 'warning' && flags.strict === true);
  return {
    status: findings.some(({ severity }) => counts(severity)) ? ExitStatus.Failed : ExitStatus.Ok,
    json: { tool: toolJson(platform), findings: findings.map(findingJson), checks: { ran, leftOut } },
    next: nextOf(findings, platform),
  };
}

/** What the app is built with. */
function toolJson({ buildTool, toolVersion, framework, buildToolEvidence }: PlatformFacts): object {
  return { name: buildTool, version: toolVersion, framework, evidence: buildToolEvidence };
}

async function examine(context: CommandContext, options: DoctorOptions): Promise<Examination> {
  const what = options.network ? 'look at the project and ask its relays' : 'look at the project';
  return during(context.terminal, what, (progress) =>
    unlessCancelled(context.signal, runDoctor(context, { ...options, onCheck: progress.update })),
  );
}

function nextOf(findings: readonly Finding[], platform: PlatformFacts): readonly NextStep[] {
  if (findings.some(({ code }) => code === 'NOT_INSTALLED')) {
    const isBeingRemoved = findings.some(({ code }) => code === 'REMOVAL_UNFINISHED');
    return nextOfFindings(isBeingRemoved ? findings.filter(({ code }) => code !== 'NOT_INSTALLED') : findings);
  }
  return [
    ...nextOfFindings(findings),
    ...(findings.some(({ severity }) => severity === 'error')
      ? []
      : [
          command(buildCommand(platform), 'what is built is what is checked next'),
          command('npx zero-backend-sync verify', 'it opens the built app in two browsers and looks whether they sync'),
        ]),
  ];
}

/** Relays have seconds to answer; who presses Ctrl-C does not. */
function unlessCancelled<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return work;
  const cancelled = new Promise<never>((_, reject) => {
    const cancel = () => reject(new Cancelled());
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
  });
  return Promise.race([work, cancelled]);
}

/** A write test leaves a trace on somebody's machine, if only for a minute: it is asked for. */
async function mayWrite({ terminal }: CommandContext, { offline, writeTest }: DoctorFlags): Promise<boolean> {
  if (offline === true) return false;
  if (writeTest === true) return true;
  return terminal.prompter === null
    ? false
    : terminal.prompter.confirm(
        'Write one throw-away event to each relay, which expires in a minute, and read it back?',
        false,
      );
}

function fixesOf(findings: readonly Finding[]): readonly FileChange[] {
  const changeByPath = new Map<string, FileChange>();
  for (const change of findings.flatMap(({ fix }) => fix ?? []))
    if (!changeByPath.has(change.path)) changeByPath.set(change.path, change);
  return [...changeByPath.values()];
}
