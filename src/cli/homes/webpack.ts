/** A webpack 5 configuration of the app's own. Where several are merged with a common one, the plugin goes into that. */
import type { Node } from '@babel/types';
import { craEnvFiles } from '../../preset/env-files';
import type { ProjectFiles } from '../discover/project-files';
import { visitNodes, type SourceFile } from '../discover/syntax';
import { parseSound } from '../edit/config-edit';
import { findExported, memberPath } from '../edit/exported-objects';
import { isProjectPath } from '../project-path';
import { configPlaces, withEndings, withoutOption } from './config-places';
import type { Home, VersionRule } from './home';
import { plainHome } from './plain-home';
import { webpackWiring } from './wirings';

export const webpackRule: VersionRule = {
  name: 'webpack',
  first: 5,
  last: 5,
  isRequired: true,
  code: 'TOOL_VERSION_UNSUPPORTED',
  why: 'The plugin is made for webpack 5: older ones know no module workers.',
};

const runners = ['webpack', 'webpack-cli', 'webpack-dev-server'] as const;
const endings = ['js', 'cjs', 'mjs', 'ts', 'cts', 'mts'];

export const webpack: Home = {
  ...plainHome,
  title: 'webpack',
  runners,
  start: 'webpack serve',
  versions: [webpackRule],
  findConfigs(app) {
    const usual = [
      ...withEndings('webpack.config', endings),
      ...withEndings('.webpack/webpack.config', endings),
      ...withEndings('config/webpack.config', endings),
      ...withEndings('build/webpack.config', endings),
    ];
    const places = configPlaces(app, webpackWiring, runners, usual);
    return [...new Set(places.map(({ file }) => baseOf(app.files, file)))].map((file) => ({
      file,
      wiring: webpackWiring,
    }));
  },
  newConfig: ({ packageJson }) => ({
    file: packageJson.isModule ? 'webpack.config.cjs' : 'webpack.config.js',
    wiring: webpackWiring,
  }),
  // It reads none by itself; the preset looks into these.
  envFiles: craEnvFiles,
  publicPrefix: null,
  buildInto: (command, folder) => `${withoutOption(command, ['--output-path', '-o'])} --output-path ${folder}`,
};

/** A configuration may be merged with one that is merged with a third. */
const mostMerges = 4;

/** The file of the app that `merge(common, { ... })` takes the common part from; the file itself where it is not merged with one. */
function baseOf(files: ProjectFiles, file: string, left = mostMerges): string {
  const source = left === 0 ? null : parseSound(file, files.read(file) ?? '');
  const exported = source && findExported(source.ast);
  if (source === null || exported === null) return file;
  const specifier = mergedModule(source, exported);
  if (specifier === null || !specifier.startsWith('.')) return file;
  const path = joinPath(file, specifier);
  const found = ['', ...endings.map((ending) => `.${ending}`)].map((ending) => path + ending);
  const base = found.find((candidate) => isProjectPath(candidate) && files.read(candidate) !== null);
  return base === undefined ? file : baseOf(files, base, left - 1);
}

/** What the first part of a merge is imported from: `merge(common, ...)`, `merge(common(env), ...)`, `merge(require('./common'), ...)`. */
function mergedModule(source: SourceFile, exported: Node): string | null {
  let parts: readonly Node[] = [];
  visitNodes([exported], (node) => {
    if (node.type === 'CallExpression' && /(^|\.)(webpackM|m)erge$/.test(memberPath(node.callee)))
      parts = node.arguments;
    return parts.length === 0;
  });
  const declared = parts.flatMap((part) => {
    const named = part.type === 'CallExpression' && !isRequire(part) ? part.callee : part;
    return named.type === 'Identifier' ? (moduleOf(source, named.name) ?? []) : requiredModule(named);
  });
  return declared[0] ?? null;
}

function moduleOf({ ast }: SourceFile, name: string): string | null {
  for (const statement of ast.program.body) {
    if (statement.type === 'ImportDeclaration' && statement.specifiers.some(({ local }) => local.name === name))
      return statement.source.value;
    if (statement.type !== 'VariableDeclaration') continue;
    for (const { id, init } of statement.declarations)
      if (id.type === 'Identifier' && id.name === name && init != null) return requiredModule(init)[0] ?? null;
  }
  return null;
}

function isRequire(node: Node): boolean {
  return requiredModule(node).length > 0;
}

function requiredModule(node: Node): readonly string[] {
  if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier' || node.callee.name !== 'require') return [];
  const [module] = node.arguments;
  return module?.type === 'StringLiteral' ? [module.value] : [];
}

function joinPath(file: string, relative: string): string {
  const parts = file.split('/').slice(0, -1);
  for (const part of relative.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}
