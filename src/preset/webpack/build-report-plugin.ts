/**
 * The last word of a production build: the salt must stand in nothing that is published, in no script, source map, module or copied file;
 * and what the engine weighs, as a browser loads it.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Compilation, Compiler } from 'webpack';
import type { AppContext } from '../app';
import { readSalt } from '../salt';
import { scanForSalt } from '../salt-scan';
import { remarkOnOrigin } from '../public-url';
import { findTemplateFile } from '../template-files';
import { findWorkers } from './workers';

const name = 'ZeroBackendSyncBuildReport';

export class BuildReportPlugin {
  constructor(
    private readonly app: AppContext,
    private readonly print: (line: string) => void = console.log,
  ) {}

  apply(compiler: Compiler): void {
    let report: string | undefined;
    compiler.hooks.afterEmit.tapPromise(name, async (compilation) => {
      const { outputPath } = compilation.compiler;
      const leaks = findLeaks(this.app, outputPath);
      if (leaks.length > 0) compilation.errors.push(new compiler.webpack.WebpackError(describeLeaks(leaks)));
      report = describeSizes(this.app, compilation);
    });
    compiler.hooks.done.tap(name, (stats) => {
      if (!stats.hasErrors() && report !== undefined) this.print(report);
    });
  }
}

/** Files that carry the salt, relative to the app. Without the template, or without a salt, there is nothing to leak. */
function findLeaks({ appPath, options, envFiles }: AppContext, outputPath: string): readonly string[] {
  const configFile = path.join(appPath, options.lib, 'config.json');
  const salt = readSalt({ root: appPath, configFile, ...(envFiles && { envFiles }) });
  // A server of development keeps what it builds in memory.
  if (salt === undefined || !existsSync(outputPath)) return [];
  return scanForSalt(salt, [outputPath]).map(({ file, form }) => `${path.relative(appPath, file)} (${form})`);
}

function describeLeaks(leaks: readonly string[]): string {
  return (
    `The salt stands readable in this build: ${leaks.slice(0, 5).join(', ')}${leaks.length > 5 ? ' and more' : ''}. ` +
    'Whoever loads the app could read it there. Remove it from the sources and from public/, look for a variable that the client gets and that holds it ' +
    '(REACT_APP_, VUE_APP_, PUBLIC_, what DefinePlugin writes), and do not publish this build (SALT_IN_BUILD).'
  );
}

function describeSizes(app: AppContext, compilation: Compilation): string | undefined {
  const workerFiles = filesOfWorker(app, compilation);
  if (workerFiles.length === 0) return undefined;
  const onDisk = (file: string) => path.join(compilation.compiler.outputPath, file.replace(/\?.*$/, ''));
  if (!workerFiles.every((file) => existsSync(onDisk(file)))) return undefined;
  const weigh = (files: readonly string[]) =>
    files.reduce((sum, file) => sum + gzipSync(readFileSync(onDisk(file))).length, 0);
  const pageFiles = [...new Set([...compilation.entrypoints.values()].flatMap((entrypoint) => entrypoint.getFiles()))];
  const blackBox = path.join(app.appPath, app.options.lib, 'worker/crypto.wasm');
  const parts = [
    `the page ${kilobytes(weigh(pageFiles.filter(isScript)))} with the app`,
    `the worker ${kilobytes(weigh(workerFiles.filter(isScript)))}`,
    `the black box ${kilobytes(gzipSync(readFileSync(blackBox)).length)}`,
  ];
  // No warning of webpack: on a CI server CRA takes those for errors, and a CDN is none.
  const remark = remarkOnOrigin(compilation.outputOptions.publicPath);
  return [
    `zero-backend-sync, after gzip: ${parts.join(', ')}. The salt stands in none of the files.\n`,
    ...(remark === undefined ? [] : [`${remark}\n`]),
  ].join('\n');
}

/** The worker's script and what it imports before it runs, of a native worker or of workerize-loader. */
function filesOfWorker(app: AppContext, compilation: Compilation): readonly string[] {
  const entry = findTemplateFile(app, 'worker/index');
  if (entry === undefined) return [];
  for (const { entry: chunk, group } of findWorkers(compilation)) {
    for (const module of compilation.chunkGraph.getChunkEntryModulesIterable(chunk)) {
      // Not its `resource`: webpack joins the entry with the modules it imports where it can, and the joined module has none.
      if (module.nameForCondition() === entry) return group.getFiles();
    }
  }
  const child = compilation.children.find(
    ({ name: compiler }) => compiler?.startsWith('worker ') && compiler.includes(entry),
  );
  return child ? [...child.entrypoints.values()].flatMap((entrypoint) => entrypoint.getFiles()) : [];
}

function isScript(file: string): boolean {
  return /\.m?js(?:\?|$)/.test(file);
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
