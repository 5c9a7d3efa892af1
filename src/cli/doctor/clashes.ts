import { findClashes } from '../clashes';
import type { Check } from './finding';

/** What is known to clash with the kit: other tools, settings and versions of the app. */
export const clashes: Check = {
  id: 'clashes',
  title: 'other tools of the app',
  check: ({ files, env, peers }) =>
    findClashes({ files, env, peers }).map(({ edit, isRefused: _, ...clash }) => {
      const before = edit === undefined ? null : files.read(edit.path);
      return {
        check: 'clashes',
        ...clash,
        ...(edit && { fix: [{ path: edit.path, before, after: edit.change(before) }] }),
      };
    }),
};
