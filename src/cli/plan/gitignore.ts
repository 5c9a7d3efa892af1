/** The part of a plan that keeps the salt, and what is compiled from it, out of git. */
import { withLine } from '../edit/lines';
import { stateFolder } from '../installation-record';
import { ignoresSaltFile, saltFile } from '../salt';
import type { Draft, PlanRequest } from './plan';

export function planGitignore({ files, answers, ignored = [] }: PlanRequest, draft: Draft): void {
  const before = files.read('.gitignore');
  const lines = new Set((before ?? '').split(/\r?\n/).map((line) => line.trim()));
  // A folder has to be taken in before what is in it, which another pattern (`*.txt`) may leave out; the template's own is refused by its part of the plan.
  const takenIn = ignored
    .filter(({ file }) => !file.startsWith(`${answers.dir}/`))
    .flatMap(({ file }) =>
      file.startsWith(`${stateFolder}/`) ? [`!/${stateFolder}/`, `!/${stateFolder}/**`] : [`!/${file}`],
    );
  const wanted = [
    ...new Set(takenIn),
    ...(ignoresSaltFile(before) ? [] : [saltFile]),
    // Compiled from the salt, which it holds masked.
    ...(['*.wasm', `/${answers.dir}/**/*.wasm`].some((line) => lines.has(line)) ? [] : [`/${answers.dir}/**/*.wasm`]),
  ];
  const after = wanted.reduce<string | null>((text, line) => withLine(text, line), before);
  if (after !== null && after !== before) {
    draft.write({
      path: '.gitignore',
      before,
      after,
      role: before === null ? 'created' : 'edited',
      why:
        takenIn.length === 0
          ? 'the salt and what is compiled from it stay out of git'
          : 'the salt and what is compiled from it stay out of git; what the kit writes gets into it',
    });
  }
}
