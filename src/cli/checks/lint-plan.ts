/** The part of a plan that the app's linter has a say in, before anything is written: configuration files outside of src, which it may not be able to read. */
import { KitError } from '../../preset/kit-error';
import type { CommandContext } from '../commands/context';
import { withLine } from '../edit/lines';
import type { Plan } from '../plan/plan';
import { isFlat, lint, lintsRoot, withoutRules } from './lint';

/** @throws KitError LINT_UNREADABLE where the app's lint would fail and only its owner can change that */
export async function lintPlan(context: CommandContext, plan: Plan): Promise<Plan> {
  const { files } = context;
  const created = plan.writes.filter(
    ({ role, path }) => role === 'created' && /\.c?js$/.test(path) && !path.startsWith('src/'),
  );
  const verdicts = await lint(
    context,
    created.map(({ path, after }) => ({ path, text: after })),
  );
  const rulesOf = (path: string) => verdicts.find((verdict) => verdict.path === path)?.rules ?? [];
  const writes = plan.writes.map((write) => ({ ...write, after: withoutRules(write.after, rulesOf(write.path)) }));
  const unreadable = verdicts.find(({ fatal }) => fatal !== null);
  if (unreadable === undefined || !lintsRoot(files)) return { ...plan, writes };
  if (isFlat(files)) {
    throw new KitError(
      'LINT_UNREADABLE',
      `The app's ESLint cannot read ${unreadable.path}, which init would write: ${unreadable.fatal?.split('\n')[0]} Its lint would fail, so nothing was changed. ` +
        `Add { ignores: ['${unreadable.path}'] } to eslint.config.js, or the file to what its parser knows, and run the command again.`,
    );
  }
  const before = files.read('.eslintignore');
  const after = withLine(before, unreadable.path);
  const why = `ESLint's parser does not know ${unreadable.path} ("parserOptions.project")`;
  const role = before === null ? 'created' : 'edited';
  return { ...plan, writes: [...writes, { path: '.eslintignore', before, after, role, why }] };
}
