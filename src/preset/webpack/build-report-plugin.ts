/**
 * The last word of a production build: the salt must stand in nothing that is published, in no script, source map, module or copied file;
 * and what the engine weighs, as a browser loads it.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Compilation, Compiler } from 'webpack';
import type { AppContext } from '../app';
import { describeBuild, findLeaks } from '../build-report';
import { describeError } from '../kit-error';
import { checkServedList } from '../served-list';
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
      const leak = findLeaks(this.app, outputPath);
      if (leak !== undefined) compilation.errors.push(new compiler.webpack.WebpackError(describeError(leak)));
      report = describeSizes(this.app, compilation);
    });
    compiler.hooks.done.tap(name, (stats) => {
      const warning = checkServedList(this.app, path.join(this.app.appPath, 'public'));
      if (warning !== undefined) this.print(warning);
      if (!stats.hasErrors() && report !== undefined) this.print(report);
    });
  }
}

function describeSizes(app: AppContext, compilation: Compilation): string | undefined {
  const { outputPath } = compilation.compiler;
  const onDisk = (file: string) => path.join(outputPath, file.replace(/\?.*$/, ''));
  const scripts = (files: Iterable<string>) => [...new Set(files)].filter(isScript).map(onDisk);
  const worker = filesOfWorker(app, compilation);
  // A server of development keeps what it builds in memory.
  if (worker.length === 0 || !worker.every((file) => existsSync(onDisk(file)))) return undefined;
  // No warning of webpack: on a CI server CRA takes those for errors, and a CDN is none.
  return describeBuild({
    page: scripts([...compilation.entrypoints.values()].flatMap((entrypoint) => entrypoint.getFiles())),
    worker: scripts(worker),
    blackBox: path.join(app.appPath, app.options.lib, 'worker/crypto.wasm'),
    publicPath: compilation.outputOptions.publicPath,
  });
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
