import { ignoredFiles } from '../git';
import { readRecord, recordFile } from '../installation-record';
import { templateNames } from '../template';
import type { Check } from './finding';

/** What was written is in the repository, or will be: what git ignores is missing on every other computer. */
export const committed: Check = {
  id: 'committed',
  title: 'git',
  async check({ files, root, run, dir, form, framework }) {
    const record = readRecord(files);
    if (record === null) return [];
    const template = templateNames(form, framework).map((name) => `${dir}/${name}`);
    const others = Object.keys(record.files).filter((path) => !template.includes(path));
    const ignored = await ignoredFiles(run, root, [...template, ...others, recordFile]);
    // One pattern usually hides the whole folder of the template; one finding for each is enough.
    const patterns = [...new Set(ignored.map(({ pattern }) => pattern))];
    return patterns.map((pattern) => {
      const [first, ...more] = ignored.filter((one) => one.pattern === pattern);
      return {
        check: 'committed',
        code: 'GIT_IGNORES',
        severity: 'error',
        what: `Git ignores ${first?.file}${more.length === 0 ? '' : ` and ${more.length} more`}, by the pattern ${pattern}.`,
        why: 'It is in no commit, so every clone and every build server has an app without it.',
        how: `Correct the pattern, or put a line !/${first?.file} behind it, and commit the file.`,
      };
    });
  },
};
