/** Passes a module on and keeps it out of webpack's caches: see the rule of workerize-loader. */
import type { LoaderContext } from 'webpack';

type Source = Parameters<LoaderContext<unknown>['callback']>[1];
type SourceMap = Parameters<LoaderContext<unknown>['callback']>[2];

export default function uncachedLoader(this: LoaderContext<unknown>, source: Source, map: SourceMap): void {
  this.cacheable(false);
  this.callback(null, source, map);
}
