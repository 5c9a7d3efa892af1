/** Bundles config.json: see `bundleConfig`. */
import type { LoaderContext } from 'webpack';
import { bundleConfig } from '../bundled-config';
import type { DevRelays } from '../dev-relays';

export interface ConfigLoaderOptions {
  /** The development relays, where they are to be written into what is bundled. */
  readonly relays?: () => DevRelays | undefined;
}

export default function configLoader(this: LoaderContext<ConfigLoaderOptions>, source: string): void {
  const callback = this.async();
  const relays = this.getOptions().relays?.();
  // The relays' ports are those of this run.
  if (relays) this.cacheable(false);
  bundleConfig(source, relays).then(
    (config) => callback(null, config),
    (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
  );
}
