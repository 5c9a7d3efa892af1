/** The part of a plan that keeps the salt, and what is compiled from it, out of git. */
import { withLine } from '../edit/lines';
import { ignoresSaltFile, saltFile } from '../salt';
import type { Draft, PlanRequest } from './plan';

export function planGitignore({ files, answers }: PlanRequest, draft: Draft): void {
  const before = files.read('.gitignore');
  const lines = new Set((before ?? '').split(/\r?\n/).map((line) => line.trim()));
  const wanted = [
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
      why: 'the salt and what is compiled from it stay out of git',
    });
  }
}
