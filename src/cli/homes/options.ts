/** What the kit is told in the configuration of an app. */
import type { PlatformFacts } from '../discover/platform-facts';
import { homeOf } from '.';
import type { WiringOptions } from './wiring';

export function wiringOptions(
  { buildTool, toolVersion, wasmWays: [proposed] }: Pick<PlatformFacts, 'buildTool' | 'toolVersion' | 'wasmWays'>,
  { lib, wasm, isModule }: Pick<WiringOptions, 'lib' | 'wasm' | 'isModule'>,
): WiringOptions {
  const way = proposed === undefined ? undefined : (wasm ?? proposed);
  const { dev = {}, buildTarget } = homeOf(buildTool)?.packages(toolVersion, way) ?? {};
  return {
    lib,
    isModule: isModule === true,
    wasm: way,
    needsTopLevelAwait: dev['vite-plugin-top-level-await'] !== undefined,
    buildTarget,
  };
}
