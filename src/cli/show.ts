/** A plan, facts and findings in words. */
import { createTwoFilesPatch } from 'diff';
import pc from 'picocolors';
import { NO_USERS } from './answers';
import type { Facts } from './discover/facts';
import { whereIs } from './discover/syntax';
import type { Plan, PlannedWrite } from './plan/plan';
import { storageLayers } from './discover/storage';

/** The three contexts with their evidence. */
export function showFacts(facts: Facts): string {
  const { platform, identity, storage } = facts;
  const evidence = (found: { readonly file: string; readonly line: number } | null) =>
    found === null ? '' : pc.dim(`  ${found.file}:${found.line}`);
  const craco =
    platform.cracoConfig === null ? 'none yet' : `${platform.cracoConfig.file} (${platform.cracoConfig.form})`;
  const lines = [
    pc.bold('Platform'),
    `  build tool       Create React App, react-scripts ${platform.versions.reactScripts ?? '?'}${evidence(platform.buildToolEvidence)}`,
    `  framework        React ${platform.versions.react ?? ''}`,
    `  language         ${languageOf(platform)}${evidence(platform.languageEvidence)}`,
    `  package manager  ${platform.packageManager.name}${evidence(platform.packageManager.evidence)}`,
    `  CRACO            ${craco}`,
    ...platform.furtherCracoConfigs.map(({ file, form }) => `                   ${file} (${form})`),
    ...platform.jest.map((found) => `  Jest settings    kept, the preset adds to them${evidence(found)}`),
    ...(platform.homepage === null ? [] : [`  homepage         ${platform.homepage}`]),
    ...(platform.monorepo.memberOf === null ? [] : [`  workspace        part of ${platform.monorepo.memberOf}`]),
    ...platform.csp.map((found) => `  CSP              set${evidence(found)}`),
    ...(platform.packageManager.otherLockFiles.length === 0
      ? []
      : [
          pc.yellow(
            `  Two package managers left a lock file: ${platform.packageManager.otherLockFiles.join(', ')} is not used.`,
          ),
        ]),
    '',
    pc.bold('Identity'),
    ...(identity.proposals.length === 0 ? ['  the source does not say who is signed in'] : []),
    ...identity.proposals.slice(0, 5).map((proposal) => {
      const [first] = proposal.parts;
      return `  ${proposal.parts
        .map((part) => part.expression)
        .join(', ')
        .padEnd(30)} ${first?.source}, ${proposal.why}${pc.dim(first ? `  ${whereIs(first.evidence)}` : '')}`;
    }),
    ...(identity.warning === null ? [] : [pc.yellow(`  ${identity.warning}`)]),
    '',
    pc.bold('Storage'),
    ...storage.findings.map((finding) => `  found ${finding.what}${evidence(finding.evidence)}`),
    ...storageLayers.map(({ layer, title, means, available }) => {
      const note =
        layer === storage.recommended
          ? pc.green(` (recommended: ${storage.why})`)
          : available
            ? ''
            : pc.dim(' (not available yet)');
      return `  ${title}${note}\n      ${pc.dim(means)}`;
    }),
  ];
  return lines.join('\n');
}

/** `TypeScript 4.9.5`, `JavaScript`. */
export function languageOf({ language, versions }: Facts['platform']): string {
  if (language === 'javascript') return 'JavaScript';
  return `TypeScript${versions.typescript === null ? '' : ` ${versions.typescript}`}`;
}

/** One line a file; the template is one line, too. */
export function showPlan(plan: Plan): string {
  const template = plan.writes.filter((write) => write.role === 'template');
  const others = plan.writes.filter((write) => write.role !== 'template');
  const added = pc.green('+');
  const rows: readonly (readonly [glyph: string, path: string, why: string])[] = [
    ...(template.length === 0
      ? []
      : [
          [added, `${plan.dir}/`, `${template.length} files: your side of the sync engine, yours from now on`] as const,
        ]),
    ...others.map((write) => [glyphOf(write), write.path, write.why] as const),
    ...(plan.install ? [[added, 'node_modules/', "packages, by the app's package manager"] as const] : []),
  ];
  const width = Math.max(0, ...rows.map(([, path]) => path.length));
  return [
    pc.bold('Plan'),
    ...rows.map(([glyph, path, why]) => `  ${glyph} ${path.padEnd(width)}  ${why}`),
    ...(plan.answers.identity === NO_USERS ? withoutUsers : showIdentity(plan.identity)),
  ].join('\n');
}

const withoutUsers = [
  '  This app has no users: a sync code, 128 random bits of the first device, takes the',
  '  place of an identity. It joins other devices by a link or a QR code.',
];

/** What names the user, where it can stand, and what follows from it. */
function showIdentity(parts: Plan['identity']): readonly string[] {
  return [
    `  The user is known by [${parts.map(({ expression }) => expression).join(', ')}]: keys and addresses are made of it, and every device that gives the same shares the data.`,
    ...parts.flatMap(({ expression, place, imports, found }) => {
      const where =
        place === null
          ? ''
          : ` can stand ${place.kind === 'module' ? 'in' : `in the ${place.kind}${place.name === '' ? '' : ` ${place.name}`},`} ${found === null || place.name !== '' ? `${place.file}:${place.line}` : 'wherever the user is known'}`;
      const needs = imports.length === 0 ? '' : `${where === '' ? '' : ','} with an import of ${imports.join(' and ')}`;
      return where === '' && needs === '' ? [] : [pc.dim(`    ${expression}${where}${needs}`)];
    }),
  ];
}

/** Unified diffs of everything but the template and the salt. */
export function showDiff(plan: Plan): string {
  return plan.writes
    .filter((write) => write.role !== 'template')
    .map((write) =>
      write.role === 'secret'
        ? `${write.path}: one line is added; its value is secret\n`
        : unifiedDiff(write.path, write.before, write.after),
    )
    .join('\n');
}

export function unifiedDiff(file: string, before: string | null, after: string | null): string {
  return createTwoFilesPatch(
    before === null ? '/dev/null' : file,
    after === null ? '/dev/null' : file,
    before ?? '',
    after ?? '',
    '',
    '',
    { context: 2 },
  )
    .split('\n')
    .filter((line) => !line.startsWith('====='))
    .map(colourOf)
    .join('\n');
}

/** What is left to a person, and what is good to know. */
export function showRemarks({ byHand, notes }: Pick<Plan, 'byHand' | 'notes'>): string {
  return [
    ...byHand.map((text) => `${pc.yellow('Left to do:')} ${text}`),
    ...notes.map((text) => `${pc.cyan('Note:')} ${text}`),
  ].join('\n');
}

/** The plan without the text of files, for `--json`. The salt is never in it. */
export function planJson(plan: Plan): object {
  return {
    dir: plan.dir,
    writes: plan.writes.map(({ path, role, why }) => ({ path, role, why })),
    install: plan.install,
    hasUsers: plan.answers.identity !== NO_USERS,
    identity: plan.identity.map(({ expression, kind, place, imports }) => ({ expression, kind, place, imports })),
    byHand: plan.byHand,
    notes: plan.notes,
  };
}

function glyphOf({ before }: PlannedWrite): string {
  return before === null ? pc.green('+') : pc.yellow('~');
}

function colourOf(line: string): string {
  if (line.startsWith('+') && !line.startsWith('+++')) return pc.green(line);
  if (line.startsWith('-') && !line.startsWith('---')) return pc.red(line);
  return line.startsWith('@@') ? pc.cyan(line) : line;
}
