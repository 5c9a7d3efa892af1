/** Settings of TypeScript with which the template, or the types of the packages, do not compile. */
import { lt } from 'semver';
import { resolvePackage } from '../discover/installed-packages';
import { findPackageManager } from '../discover/package-manager';
import { isObject, majorOf, readPackageJson, versionOf } from '../discover/package-json';
import type { ProjectFiles } from '../discover/project-files';
import { findLine } from '../discover/syntax';
import { hasUnreadableBase, tsconfigOption } from '../discover/tsconfig';
import { parseJson, setJson } from '../edit/json';
import type { Clash, ClashRequest } from './clash';

export function compilerClashes(request: ClashRequest): readonly Clash[] {
  if (request.files.read('tsconfig.json') === null) return [];
  return [...libCheck(request), ...jsonModules(request), ...oldTarget(request), ...oldTypeChecker(request)];
}

function libCheck({ files }: ClashRequest): readonly Clash[] {
  if (tsconfigOption(files, 'skipLibCheck', (value) => value === false) !== false) return [];
  const evidence = findLine('tsconfig.json', files.read('tsconfig.json') ?? '', /"skipLibCheck"/);
  return [
    {
      code: 'LIB_CHECK',
      severity: 'error',
      what: '"skipLibCheck" of tsconfig.json is false.',
      why: "The type declarations of RxDB and of what it depends on do not compile by themselves, so the app's type check and build would fail.",
      how: 'Set "skipLibCheck": true, as the starters of the tools do: the types of your own code are checked all the same.',
      isRefused: true,
      ...(evidence && { evidence }),
    },
  ];
}

function jsonModules({ files }: ClashRequest): readonly Clash[] {
  if (tsconfigOption(files, 'resolveJsonModule', (value) => value === false) === true) return [];
  const isImplied = /^bundler$/i.test(String(tsconfigOption(files, 'moduleResolution')));
  const own = tsconfigOption(files, 'resolveJsonModule');
  if ((own === null && (isImplied || hasUnreadableBase(files))) || !hasOwnOptions(files)) return [];
  const evidence = findLine('tsconfig.json', files.read('tsconfig.json') ?? '', /"resolveJsonModule"/);
  return [
    {
      code: 'JSON_MODULES',
      severity: 'error',
      what: '"resolveJsonModule" of tsconfig.json is not true.',
      why: 'The worker of the template imports config.json, so the type check and the build would fail.',
      how: 'Set "resolveJsonModule": true.',
      ...(evidence && { evidence }),
      edit: {
        path: 'tsconfig.json',
        why: '"resolveJsonModule", because the template imports its config.json',
        change: (before) => setJson('tsconfig.json', before ?? '{}', ['compilerOptions', 'resolveJsonModule'], true),
      },
    },
  ];
}

/** Where no target is named, TypeScript 4 checks for ES3, which has no accessors (TS1056). Nothing is emitted by it: Babel compiles. */
function oldTarget({ files }: ClashRequest): readonly Clash[] {
  const target = tsconfigOption(files, 'target', (value) => /^es3$/i.test(String(value)));
  const version =
    resolvePackage(files, 'typescript')?.version ?? versionOf(files, readPackageJson(files), 'typescript');
  const isOld = target === null ? (majorOf(version) ?? 5) < 5 : /^es3$/i.test(String(target));
  if (!isOld || !hasOwnOptions(files) || (target === null && hasUnreadableBase(files))) return [];
  const evidence = findLine('tsconfig.json', files.read('tsconfig.json') ?? '', /"target"/);
  return [
    {
      code: 'TARGET_ES3',
      severity: 'error',
      what:
        target === null
          ? 'tsconfig.json and what it extends name no "target", which is ES3 to this TypeScript.'
          : '"target" of tsconfig.json is ES3.',
      why: 'ES3 has no accessors, and the template has some, so the type check and the build would fail.',
      how: 'Set "target": "es5", or a newer one.',
      ...(evidence && { evidence }),
      edit: {
        path: 'tsconfig.json',
        why: '"target": "es5", because the template has accessors',
        change: (before) => setJson('tsconfig.json', before ?? '{}', ['compilerOptions', 'target'], 'es5'),
      },
    },
  ];
}

/** One that only refers to others has none. */
function hasOwnOptions(files: ProjectFiles): boolean {
  const config = parseJson('tsconfig.json', files.read('tsconfig.json') ?? '');
  return isObject(config) && config.references === undefined;
}

/** fork-ts-checker-webpack-plugin 6.5.2 and older throw beside TypeScript 5: the build prints a stack trace, checks no types any more, and ends with 0. */
function oldTypeChecker({ files }: ClashRequest): readonly Clash[] {
  const tools = resolvePackage(files, 'react-dev-utils');
  const checker = resolvePackage(files, 'fork-ts-checker-webpack-plugin', tools?.place);
  const compiler = resolvePackage(files, 'typescript');
  const isOld = checker !== null && /^\d/.test(checker.version) && lt(checker.version, '6.5.3');
  if (!isOld || (majorOf(compiler?.version ?? null) ?? 0) < 5) return [];
  const { name, isYarnBerry } = findPackageManager(files, readPackageJson(files));
  const command =
    name === 'yarn'
      ? `yarn ${isYarnBerry ? 'up -R' : 'upgrade'} fork-ts-checker-webpack-plugin`
      : `${name} update fork-ts-checker-webpack-plugin`;
  return [
    {
      code: 'TYPE_CHECKER_OLD',
      severity: 'warning',
      what: `fork-ts-checker-webpack-plugin ${checker.version} is beside TypeScript ${compiler?.version}.`,
      why: 'It throws there, so builds print a stack trace, end with 0 and check no types: neither yours nor those of the template.',
      how: `Move it to 6.5.3: ${command}`,
      command,
    },
  ];
}
