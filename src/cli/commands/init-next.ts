/** What `init` names to be run next, with the flags that it was given. */
import { NO_USERS } from '../answers';
import { specOrNull } from '../kit';
import { byHand, type NextStep } from '../next';
import type { Plan } from '../plan/plan';
import { quoted, runAgain } from '../run-again';
import type { InitOptions } from './init-options';
import type { Basis } from './init-plan';

/** From the questions to the run that they are answered for. */
export function answerSteps(basis: Basis, options: InitOptions): readonly NextStep[] {
  return [
    byHand(
      'Write the answers into a file outside the app, ../answers.json (inside it would be a change that git does not have), as JSON: one key for each question, with its id. "answers" is what is proposed; where a value is null there, nothing can be proposed.',
    ),
    carryOut(['--answers ../answers.json', ...sharedFlags(options), '--json'], basis),
  ];
}

/** What a dry run has shown. */
export function realRun({ answers, dir }: Plan, basis: Basis, options: InitOptions): NextStep {
  const { layer, format } = answers.storage;
  const flags = [
    answers.identity === NO_USERS ? '--no-users' : `--identity ${quoted(answers.identity.join(', '))}`,
    `--storage ${format === undefined ? layer : `${layer}:${format}`}`,
    `--dir ${quoted(dir)}`,
    ...(answers.example ? ['--example'] : []),
    ...(answers.wasm === undefined ? [] : [`--wasm ${answers.wasm}`]),
    ...sharedFlags(options),
    '--yes',
  ];
  return carryOut(flags, basis);
}

function carryOut(flags: readonly string[], { kit, record }: Basis): NextStep {
  const how = { isInstalled: record !== null, spec: specOrNull(kit) };
  return runAgain(`init ${flags.join(' ')}`, how, 'it carries the plan out, all of it or nothing');
}

function sharedFlags({ skipInstall, skipBuild, force, kit }: InitOptions): readonly string[] {
  return [
    ...(skipInstall === true ? ['--skip-install'] : []),
    ...(skipBuild === true ? ['--skip-build'] : []),
    ...(force === true ? ['--force'] : []),
    ...(kit === undefined ? [] : [`--kit ${quoted(kit)}`]),
  ];
}
