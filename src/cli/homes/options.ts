/** What the kit is told in the configuration of an app. */
import type { PlatformFacts } from '../discover/platform-facts';
import { homeOf } from '.';
import type { WiringOptions } from './wiring';

export function wiringOptions(
  { buildTool, toolVersion, wasmWays: [proposed] }: Pick<PlatformFacts, 'buildTool' | 'toolVersion' | 'wasmWays'>,
  { lib, wasm, isModule }: Pick<WiringOptions, 'lib' | 'wasm' | 'isModule'>,
): WiringOptions {
  const way = proposed === undefined ? undefined : (wasm ?? proposed);
  const packages = homeOf(buildTool)?.packages(toolVersion, way).dev ?? {};
  return {
    lib,
    isModule: isModule === true,
    wasm: way,
    needsTopLevelAwait: packages['vite-plugin-top-level-await'] !== undefined,
  };
}
