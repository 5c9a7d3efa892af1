/** Facts and a plan in words, for a terminal. */
import pc from 'picocolors';
import { NO_USERS } from './answers';
import { changesOf } from './changes';
import type { Facts } from './discover/facts';
import type { ChosenPart } from './discover/identity-choice';
import { storageLayers } from './discover/storage';
import { whereIs, type Evidence } from './discover/syntax';
import { homeOf } from './homes';
import { hang } from './layout';
import type { Plan } from './plan/plan';

/** The three contexts with their evidence. @param width in columns */
export function showFacts({ platform, identity, storage }: Facts, width: number): string {
  const row = (label: string, text: string, found?: Evidence | null) =>
    hang(`  ${label.padEnd(15)}  `, `${text}${placeOf(found)}`, width);
  const { packageManager } = platform;
  const others = packageManager.otherLockFiles.join(', ');
  return [
    pc.bold('Platform'),
    row('build tool', toolOf(platform), platform.buildToolEvidence),
    row('framework', frameworkOf(platform)),
    row('language', languageOf(platform), platform.languageEvidence),
    row('package manager', packageManager.name, packageManager.evidence),
    ...(platform.configs.length === 0 ? [row('configuration', 'none yet')] : []),
    ...platform.configs.map(({ file, form }, index) => row(index === 0 ? 'configuration' : '', `${file} (${form})`)),
    ...platform.jest.map((found) => row('Jest settings', 'kept, the preset adds to them', found)),
    ...(platform.homepage === null ? [] : [row('homepage', platform.homepage)]),
    ...(platform.monorepo.memberOf === null ? [] : [row('workspace', `part of ${platform.monorepo.memberOf}`)]),
    ...platform.csp.map((found) => row('CSP', 'set', found)),
    ...(others === ''
      ? []
      : [hang('  ', pc.yellow(`Two package managers left a lock file: ${others} is not used.`), width)]),
    '',
    pc.bold('Identity'),
    ...(identity.proposals.length === 0 ? ['  The source does not say who is signed in.'] : []),
    ...identity.proposals.slice(0, 5).map((proposal) => {
      const [first] = proposal.parts;
      const expression = proposal.parts.map((part) => part.expression).join(', ');
      return `  ${expression}${placeOf(first?.evidence)}\n${hang('     ', pc.dim(`${first?.source}; ${proposal.why}`), width)}`;
    }),
    ...(identity.warning === null ? [] : [hang('  ', pc.yellow(identity.warning), width)]),
    '',
    pc.bold('Storage'),
    ...storage.findings.map(({ what, evidence }) => hang('  found  ', `${what}${placeOf(evidence)}`, width)),
    ...storageLayers.map(({ layer, title, means, available }) => {
      const isBest = layer === storage.recommended;
      const note = isBest ? pc.green(' (recommended)') : available ? '' : pc.dim(' (not available yet)');
      const text = isBest ? `${means} Recommended: ${storage.why}.` : means;
      return `  ${title}${note}\n${hang('     ', pc.dim(text), width)}`;
    }),
  ].join('\n');
}

function placeOf(found: Evidence | null | undefined): string {
  return found == null ? '' : pc.dim(`  ${whereIs(found)}`);
}

/** `Vite 8.3.8`, `Create React App, react-scripts 5.0.1, @craco/craco 7.1.0`. */
export function toolOf({ buildTool, versions }: Facts['platform']): string {
  const home = homeOf(buildTool);
  if (home === null) return buildTool;
  const [first, ...others] = home.versions.flatMap(({ name }) => {
    const version = versions[name] ?? null;
    return version === null ? [] : [`${name} ${version}`];
  });
  const isNamed = first?.startsWith(`${home.title.toLowerCase()} `) === true;
  const tool = isNamed
    ? first.replace(home.title.toLowerCase(), home.title)
    : [home.title, first ?? []].flat().join(', ');
  return [tool, ...others].join(', ');
}

/** `React 19.0.0` */
export function frameworkOf({ framework, versions }: Facts['platform']): string {
  return framework === 'vue' ? `Vue ${versions.vue ?? ''}`.trim() : `React ${versions.react ?? ''}`.trim();
}

/** `TypeScript 4.9.5`, `JavaScript`. */
export function languageOf({ language, versions }: Facts['platform']): string {
  if (language === 'javascript') return 'JavaScript';
  return `TypeScript${versions.typescript === null ? '' : ` ${versions.typescript}`}`;
}

/** One line a file; the template is one line, too. @param width in columns */
export function showPlan(plan: Plan, width: number): string {
  const rows = changesOf(plan).map(({ change, path, files, why }) => {
    const glyph = change === 'edit' ? pc.yellow('~') : change === 'remove' ? pc.red('-') : pc.green('+');
    return { glyph, path, why: files === undefined ? why : `${files.length} files: ${why}` };
  });
  const longest = Math.max(0, ...rows.map(({ path }) => path.length));
  return [
    pc.bold('Plan'),
    ...rows.map(({ glyph, path, why }) => hang(`  ${glyph} ${path.padEnd(longest)}  `, why, width)),
    ...(plan.answers.identity === NO_USERS
      ? ['', hang('  ', withoutUsers, width)]
      : showIdentity(plan.identity, width)),
  ].join('\n');
}

const withoutUsers =
  'This app has no users: a sync code, 128 random bits of the first device, takes the place of an identity. It joins other devices by a link or a QR code.';

/** What names the user, where it can stand, and what follows from it. */
function showIdentity(parts: Plan['identity'], width: number): readonly string[] {
  if (parts.length === 0) return [];
  return [
    '',
    hang(
      '  ',
      `The user is known by [${parts.map(({ expression }) => expression).join(', ')}]: keys and addresses are made of it, and every device that gives the same shares the data.`,
      width,
    ),
    ...parts.flatMap((part) => {
      const where = whereItStands(part);
      const needs = part.imports.length === 0 ? '' : `with an import of ${part.imports.join(' and ')}`;
      const text = [where, needs].filter(Boolean).join(', ');
      return text === '' ? [] : [hang('    ', pc.dim(`${part.expression} ${text}`), width)];
    }),
  ];
}

function whereItStands({ place, found }: ChosenPart): string {
  if (place === null) return '';
  const what = place.kind === 'module' ? 'in' : `in the ${place.kind}${place.name === '' ? '' : ` ${place.name}`},`;
  const file = found === null || place.name !== '' ? `${place.file}:${place.line}` : 'wherever the user is known';
  return `can stand ${what} ${file}`;
}

/** What is left to a person, and what is good to know. @param width in columns */
export function showRemarks({ byHand, notes }: Pick<Plan, 'byHand' | 'notes'>, width: number): string {
  return [
    ...byHand.map((text) => hang(`${pc.yellow('Left to do:')} `, text, width)),
    ...notes.map((text) => hang(`${pc.cyan('Note:')} `, text, width)),
  ].join('\n');
}
