/**
 * Gives `import.meta` to tests, which run as CommonJS, in front of whatever transformer the app has: Babel of CRA or CRACO, swc, or another.
 * The text is replaced before it is parsed; a word of the same spelling in a string or a comment is replaced too, and does no harm.
 */
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import type { ImportMetaTransformOptions } from './config';

/** A transformer of Jest 27 to 30, as far as both have it. */
export interface Transformer {
  readonly canInstrument?: boolean;
  process(source: string, file: string, options: TransformOptions): string | { readonly code: string };
  getCacheKey?(source: string, file: string, options: TransformOptions): string;
  createTransformer?(config: object): Transformer;
}
export interface TransformOptions {
  readonly transformerConfig?: unknown;
}

const version = '1';
/** Stands behind the module, where function declarations are hoisted from, so that line numbers stay. */
const importMeta = `\nfunction importMetaOfTest() { return { url: require('url').pathToFileURL(__filename).href }; }\n`;

function replaceImportMeta(source: string): string {
  if (!/\bimport\.meta\b/.test(source)) return source;
  return source.replace(/\bimport\.meta\b/g, 'importMetaOfTest()') + importMeta;
}

function createTransformer({ inner, innerConfig }: ImportMetaTransformOptions): Transformer {
  const transformer = load(inner, innerConfig);
  const withInnerConfig = (options: TransformOptions) => ({ ...options, transformerConfig: innerConfig });
  return {
    canInstrument: transformer.canInstrument ?? false,
    process: (source, file, options) => transformer.process(replaceImportMeta(source), file, withInnerConfig(options)),
    getCacheKey: (source, file, options) =>
      createHash('sha256')
        .update(JSON.stringify([version, inner, innerConfig]))
        .update(transformer.getCacheKey?.(source, file, withInnerConfig(options)) ?? `${file}\0${source}`)
        .digest('hex'),
  };
}

const requireTransformer = createRequire(__filename);

function load(inner: string, innerConfig: object): Transformer {
  const module = requireTransformer(inner) as Transformer | { readonly default: Transformer };
  const transformer = 'default' in module ? module.default : module;
  return transformer.createTransformer?.(innerConfig) ?? transformer;
}

export default { createTransformer };
