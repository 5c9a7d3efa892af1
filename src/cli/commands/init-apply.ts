/** The second half of `init`: the plan is carried out, and the app looked at. */
import { NO_USERS } from '../answers';
import pc from 'picocolors';
import { applyPlan } from '../apply';
import { applyChecked, type CheckReport } from '../checks/apply-checked';
import { runDoctor } from '../doctor';
import { findingJson, nextOfFindings, showFindings } from '../doctor/show';
import type { Facts } from '../discover/facts';
import { byHand, command, documentsFolder, showNext, type NextStep } from '../next';
import { homeOf } from '../homes';
import { scriptCommand } from '../package-manager';
import type { Plan } from '../plan/plan';
import { providerSteps } from '../plan/provider-edit';
import { syncCodeSteps } from '../plan/without-users';
import { during, type Progress } from '../progress';
import { showRemarks } from '../show';
import { templateFrameworkOf, templateModule } from '../template';
import { ExitStatus, type CommandContext, type CommandResult } from './context';
import { planJson, type Basis } from './init-plan';

export interface HowToApply {
  readonly skipInstall: boolean;
  readonly skipBuild: boolean;
}

/** @throws KitError with what failed; the app is then as it was */
export async function applyWithProgress(
  context: CommandContext,
  plan: Plan,
  { kit, record, facts }: Basis,
  { skipInstall, skipBuild }: HowToApply,
): Promise<CheckReport> {
  const { terminal, onStep } = context;
  let shown: Progress | null = null;
  const endStep = (outcome?: string) => {
    shown?.done(outcome);
    shown = null;
  };
  const request = {
    ...context,
    plan,
    kit,
    record,
    form: facts.form,
    framework: templateFrameworkOf(facts.platform.framework),
    packageManager: facts.platform.packageManager,
    skipInstall,
    onStep(name: string) {
      // Files are written in no time; an installation takes minutes.
      endStep();
      if (!/^(write|remove|commit)\b/.test(name)) shown = terminal.progress(name);
      onStep?.(name);
    },
  };
  try {
    const isChecked = !skipBuild && !(skipInstall && plan.install);
    if (isChecked) return await applyChecked(request);
    await applyPlan(request);
    endStep();
  } catch (error) {
    endStep('failed, everything is put back');
    throw error;
  }
  const why = skipBuild ? 'asked to leave them out (--skip-build)' : 'the packages are not installed (--skip-install)';
  return {
    passed: [],
    ownFailures: [],
    leftOut: [`The app's own type check, lint, format and build were not run: ${why}. Run them before you commit.`],
  };
}

/** What can be checked without a network and without a build, and what there is to do now. */
export async function concludeInit(
  context: CommandContext,
  plan: Plan,
  { facts }: Basis,
  report: CheckReport,
  skippedInstall: boolean,
): Promise<CommandResult> {
  const { terminal } = context;
  const isInstalled = !(skippedInstall && plan.install);
  const { findings, problems, next } = await during(terminal, 'look at what was installed', async (progress) => {
    const ignore = skippedInstall || !plan.install ? ['packages'] : [];
    const { findings } = await runDoctor(context, { ignore, onCheck: progress.update });
    // How the app uses the kit is what comes next, and is said there.
    const problems = findings.filter(({ check }) => check !== 'use');
    progress.update('where the provider goes');
    return { findings, problems, next: [...nextOfFindings(problems), ...nextSteps(context, plan, facts, isInstalled)] };
  });
  const remarks = showRemarks({ ...plan, notes: [...plan.notes, ...checkNotes(report)] }, terminal.width);
  const said = [pc.green('Installed.'), remarks, showFindings(problems, terminal.width)].filter((text) => text !== '');
  terminal.print(`${said.join('\n')}\n`);
  terminal.printExact(showNext(next, terminal.width));
  return {
    status: ExitStatus.Ok,
    json: {
      done: true,
      plan: planJson(plan),
      checks: {
        passed: report.passed,
        ownFailures: report.ownFailures.map(({ check: { id, title }, error }) => ({ id, title, error })),
        leftOut: report.leftOut,
      },
      findings: findings.map(findingJson),
    },
    next,
  };
}

/** From the files that are written to the app on its own state: for this app, with its lines. */
function nextSteps(
  { files }: CommandContext,
  { dir, identity, writes, next, answers }: Plan,
  { platform: { packageManager, scripts, buildTool, framework }, form }: Facts,
  isInstalled: boolean,
): readonly NextStep[] {
  const schema = `${dir}/${templateModule(form, 'schema')}`;
  const home = homeOf(buildTool);
  const start =
    scripts.find(({ runs }) =>
      runs.some(
        ({ runner, task }) => home?.runners.includes(runner) === true && /^(start|dev|serve|develop)$/.test(task),
      ),
    )?.name ?? 'start';
  return [
    ...(isInstalled ? [] : [command(`${packageManager.name} install`, 'the packages were left out (--skip-install)')]),
    ...(answers.identity === NO_USERS
      ? syncCodeSteps(files, dir, framework)
      : providerSteps(files, dir, identity, framework)),
    ...next,
    ...(writes.some(({ path }) => path === schema)
      ? [
          {
            kind: 'by-hand',
            file: schema,
            line: lineOf(files.read(schema) ?? '', /defineCollection\(/),
            what: `describe what your app keeps, in the place of the samples: "The schema" in ${documentsFolder}/guide.md`,
          } as const,
          byHand(
            `read and write it in your components: ${documentsFolder}/${framework === 'vue' ? 'vue' : 'react'}.md. State that a store or localStorage holds so far: ${documentsFolder}/existing-state.md`,
          ),
        ]
      : []),
    {
      kind: 'command',
      command: scriptCommand(packageManager, start),
      why: 'it starts relays on this computer, beside the app, and names them',
      isEndless: true,
    },
    command('npx zero-backend-sync doctor', 'it finds what keeps sync from working, the relays included'),
  ];
}

function lineOf(text: string, pattern: RegExp): number {
  return Math.max(1, text.split('\n').findIndex((line) => pattern.test(line)) + 1);
}

function checkNotes({ ownFailures, leftOut }: CheckReport): readonly string[] {
  return [
    ...ownFailures.map(
      ({ check: { title }, error }) =>
        `The app's own ${title} fails, as it did before zero-backend-sync was installed. Its first error:\n\n${error}\n`,
    ),
    ...leftOut,
  ];
}
