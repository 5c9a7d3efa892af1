/**
 * An agent that has only what commands print: it answers from the questions, makes the edits that are named, runs the commands that are named, and takes all of it
 * back. Nothing here knows the app.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import type { NextEdit, NextStep } from '../../src/cli/next';
import type { Question } from '../../src/cli/questions';
import { applyEdits } from '../support/next-edits';
import { say } from '../support/processes';
import { commitAll, installedKit, makeApp } from './apps';
import { endPrograms, must, removeFolder, run, workshop } from './workshop';

interface Printed {
  readonly status: number;
  readonly code?: string;
  readonly questions: readonly Question[];
  readonly answers: Readonly<Record<string, unknown>>;
  readonly plan: { readonly changes: readonly { readonly path: string }[] };
  readonly findings: readonly { readonly severity: string; readonly code: string }[];
  readonly checks: { readonly ran: readonly string[]; readonly leftOut: readonly { readonly check: string }[] };
  readonly kept: readonly string[];
  readonly next: readonly NextStep[];
}

const signInApp = {
  'src/session.ts': `import { useState } from 'react';

export interface User {
  id: string;
  email: string;
}

export function useSession() {
  const [user, setUser] = useState<User | null>(null);
  return { user, signIn: () => setUser({ id: 'b7c1', email: 'ada@example.org' }), signOut: () => setUser(null) };
}
`,
  'src/App.tsx': `import { useSession } from './session';

function App() {
  const { user, signIn } = useSession();
  return (
    <main>
      <button onClick={signIn}>Sign in</button>
      <p>{user ? user.id : 'learn react'}</p>
    </main>
  );
}

export default App;
`,
};

afterEach(endPrograms);

test('installs, builds, checks and undoes by the JSON alone', async () => {
  const kit = installedKit();
  const app = await makeApp('agent', { template: 'cra-template-typescript', packageManager: 'npm', files: signInApp });
  const before = await must(app, 'git', ['rev-parse', 'HEAD']);
  // Standard output and standard error are one here: what is not JSON would show.
  const zbs = async (...args: string[]): Promise<Printed> =>
    JSON.parse((await run(app, process.execPath, [kit.program, ...args, '--json'])).output) as Printed;

  say('agent: plan');
  const refused = await zbs('init', '--kit', `file:${kit.tarball}`);
  const planned = await zbs('init', '--plan', '--kit', `file:${kit.tarball}`);
  expect([refused.status, refused.code, refused.questions]).toEqual([2, 'ANSWERS_NEEDED', planned.questions]);
  const answers = Object.fromEntries(planned.questions.map((question) => [question.id, answerTo(question)]));
  const file = path.join(workshop(), 'answers.json');
  writeFileSync(file, JSON.stringify(answers));

  say('agent: init');
  const installed = await zbs('init', '--answers', file, '--kit', `file:${kit.tarball}`);
  expect(installed).toMatchObject({ status: 0, done: true, checks: { passed: expect.arrayContaining(['build']) } });
  await commitAll(app, 'With sync');

  say('agent: follow next, build');
  const edited = await follow(app, installed.next);
  expect(edited).toEqual(['src/App.tsx']);
  const doctor = await zbs('doctor', '--offline');
  expect(doctor).toMatchObject({ status: 0, checks: { ran: expect.arrayContaining(['use', 'wiring', 'packages']) } });
  expect(doctor.checks.leftOut.map(({ check }) => check)).toEqual(['relay-network', 'deployed']);
  // The provider is there, so the engine is opened: only the schema is still to be written.
  expect(doctor.findings.map(({ code }) => code)).toEqual(['SCHEMA_SAMPLE']);
  await follow(app, doctor.next);

  say('agent: undo');
  await must(app, 'git', ['checkout', '--quiet', '--', ...edited]);
  const undone = await zbs('undo', '--yes', '--skip-install');
  expect([undone.status, undone.kept]).toEqual([0, []]);
  await must(app, 'git', ['add', '--all']);
  expect(await must(app, 'git', ['diff', '--cached', '--stat', before.trim(), '--', '.', ':!*lock*'])).toBe('');
  removeFolder(app);
});

/** What is proposed; where nothing is, the first of what there is. */
function answerTo({ id, default: proposed, options }: Question): unknown {
  const answer = proposed ?? options.find(({ isAvailable }) => isAvailable)?.value;
  if (answer === undefined) throw new Error(`Nothing is proposed for ${id}.`);
  return answer;
}

/** Makes every edit and runs every command that ends, but those of the kit itself, which the test runs. Returns the files that were edited. */
async function follow(app: string, steps: readonly NextStep[]): Promise<readonly string[]> {
  const edits = steps.filter((step): step is NextEdit => step.kind === 'edit');
  const files = [...new Set(edits.map(({ file }) => file))];
  for (const file of files) {
    const place = path.join(app, file);
    const ofFile = edits.filter((edit) => edit.file === file);
    writeFileSync(place, applyEdits(readFileSync(place, 'utf8'), ofFile));
  }
  for (const step of steps) {
    if (step.kind !== 'command' || step.isEndless === true || step.command.startsWith('npx zero-backend-sync'))
      continue;
    await must(app, 'sh', ['-c', step.command], { CI: 'true' });
  }
  return files;
}
