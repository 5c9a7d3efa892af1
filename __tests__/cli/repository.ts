/** A project of a test in a real git repository, and what the tests of hostile ones compare: the whole tree, and what stands beside it. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';
import { runProgram, type RunProgram } from '../../src/cli/process';
import type { TestProject } from './project';

/** Real git; every other program does nothing and succeeds. */
export const withRealGit: RunProgram = async (program, args, options) =>
  program === 'git'
    ? runProgram(program, args, {
        ...options,
        env: { ...(options.env ?? process.env), GIT_CONFIG_GLOBAL: '/dev/null' },
      })
    : { status: 0, output: '', isMissing: false };

export function git(root: string, ...args: readonly string[]): string {
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', '-c', 'init.defaultBranch=main'];
  const { status, stdout, stderr } = spawnSync('git', [...who, ...args], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout;
}

export function commitAll({ root }: Pick<TestProject, 'root'>): void {
  git(root, 'init', '--quiet');
  git(root, 'add', '--all');
  git(root, 'commit', '--quiet', '--message', 'The app');
}

/** Everything below a folder: kind, mode, time of the last change, content. Equal hashes mean that nothing was touched. */
export function hashOfTree(folder: string): string {
  const hash = createHash('sha256');
  const visit = (target: string) => {
    const stat = lstatSync(target, { bigint: true });
    hash.update(`${path.relative(folder, target)} ${stat.mode} ${stat.mtimeNs}\n`);
    if (stat.isSymbolicLink()) hash.update(readlinkSync(target));
    else if (stat.isDirectory()) for (const name of readdirSync(target).sort()) visit(path.join(target, name));
    else hash.update(readFileSync(target));
  };
  visit(folder);
  return hash.digest('hex');
}

/** What a file beside the project says; it must turn up nowhere. */
export const canaryText = 'canary-5f1d8c';

/** A folder beside the project, which nothing may read, change or delete. Returns it. */
export function plantCanary({ root }: Pick<TestProject, 'root'>): string {
  const folder = path.join(path.dirname(root), 'beside');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'file'), `${canaryText}\n`);
  writeFileSync(path.join(folder, 'config.json'), `{ "appId": "${canaryText}" }\n`);
  return folder;
}
