/** Passes a module on and keeps it out of webpack's caches: see the rule of workerize-loader. */
import type { LoaderContext } from 'webpack';

type Source = Parameters<LoaderContext<unknown>['callback']>[1];
type SourceMap = Parameters<LoaderContext<unknown>['callback']>[2];

/**
 * A module that is in no cache is compiled anew each time, and is the same each time only if its source map is. Babel's has `file: undefined`, which is not
 * there any more once babel-loader has the map from its own cache: another hash, another name of the worker, and a page that is loaded anew.
 */
export default function uncachedLoader(this: LoaderContext<unknown>, source: Source, map: SourceMap): void {
  this.cacheable(false);
  this.callback(null, source, asFromCache(map));
}

function asFromCache(map: SourceMap): SourceMap {
  return map === undefined ? undefined : (JSON.parse(JSON.stringify(map)) as SourceMap);
}
