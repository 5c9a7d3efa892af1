/** The checks of a build: packages that are loaded twice, and, when all is written, the salt in what is published. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ResolvedConfig, Rollup } from 'vite' with { 'resolution-mode': 'import' };
import { describeBuild, findLeaks } from '../build-report';
import type { KitError } from '../kit-error';
import { createPackageFinder, findCopies } from '../package-copies';
import { checkServedList } from '../served-list';
import { isTemplateFile } from '../template-files';
import type { WasmCompiler } from './compiler';
import { blackBoxSource } from '../black-box';
import type { ViteApp } from './options';

export interface BuildWatch {
  /** A module that is part of the bundle of the page or of a worker. */
  noteModule(file: string): void;
  /** The output of a worker's own bundle. */
  noteWorker(bundle: Rollup.OutputBundle): void;
  noteWritten(folder: string, bundle: Rollup.OutputBundle): void;
  /** @returns PACKAGE_TWICE */
  findCopies(): KitError | undefined;
  /** Looks into everything that was written, and says what it weighs. Nothing was written by a build that has failed. @throws KitError SALT_IN_BUILD */
  report(): Promise<void>;
}

export function createBuildWatch(
  app: ViteApp,
  { logger, base, publicDir }: Pick<ResolvedConfig, 'logger' | 'base' | 'publicDir'>,
  compiler: WasmCompiler,
): BuildWatch {
  const findPackage = createPackageFinder();
  const modules = new Set<string>();
  const folders = new Set<string>();
  let workerFiles: readonly string[] = [];
  let pageFiles: readonly string[] = [];

  async function describe(): Promise<string | undefined> {
    const module = compiler.find(
      path.join(app.appPath, app.options.lib, blackBoxSource.replace(/\.asm\.ts$/, '.wasm')),
    );
    const [folder] = folders;
    if (module === undefined || folder === undefined) return undefined;
    const place = (files: readonly string[]) => files.map((file) => path.join(folder, file));
    const worker = place(workerFiles);
    // A worker that nothing starts is bundled, and not written.
    if (worker.length === 0 || !worker.every((file) => existsSync(file))) return undefined;
    const { file: blackBox } = await compiler.compile(module);
    return describeBuild({ page: place(pageFiles), worker, blackBox, publicPath: base });
  }

  return {
    noteModule: (file) => void modules.add(file),
    noteWorker(bundle) {
      const entry = findEntry(bundle, ({ facadeModuleId }) => {
        const [file = ''] = (facadeModuleId ?? '').split('?');
        return isTemplateFile(app, 'worker/index', path.normalize(file));
      });
      if (entry !== undefined) workerFiles = withImports(bundle, entry);
    },
    noteWritten(folder, bundle) {
      folders.add(path.resolve(app.appPath, folder));
      const entry = findEntry(bundle, ({ isEntry }) => isEntry);
      if (entry !== undefined) pageFiles = withImports(bundle, entry);
    },
    findCopies() {
      const packages = [...modules].map(findPackage).filter((found) => found !== undefined);
      return findCopies(packages)[0];
    },
    async report() {
      if (folders.size === 0) return;
      for (const folder of folders) {
        const leak = findLeaks(app, folder);
        if (leak !== undefined) throw leak;
      }
      const warning = publicDir === '' ? undefined : checkServedList(app, publicDir);
      if (warning !== undefined) logger.warn(`\n${warning}`);
      const text = await describe();
      if (text !== undefined) logger.info(`\n${text}`);
      folders.clear();
    },
  };
}

function findEntry(
  bundle: Rollup.OutputBundle,
  isWanted: (chunk: Rollup.OutputChunk) => boolean,
): Rollup.OutputChunk | undefined {
  return Object.values(bundle).find((file): file is Rollup.OutputChunk => file.type === 'chunk' && isWanted(file));
}

/** A chunk and what it loads before it runs. */
function withImports(bundle: Rollup.OutputBundle, entry: Rollup.OutputChunk): readonly string[] {
  const files = new Set([entry.fileName]);
  for (const file of files) {
    const chunk = bundle[file];
    if (chunk?.type === 'chunk') for (const imported of chunk.imports) if (imported in bundle) files.add(imported);
  }
  return [...files];
}
