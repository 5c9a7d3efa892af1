/** What the kit is told in the configuration of an app. */
import type { PlatformFacts } from '../discover/platform-facts';
import { homeOf } from '.';
import type { WasmWay, WiringOptions } from './wiring';

/** How WASM comes into the app: as a configuration says that has the kit already, otherwise as it was answered; `undefined` where the tool leaves no choice. */
export function chosenWay(
  { wasmWays: [proposed], configs }: Pick<PlatformFacts, 'wasmWays' | 'configs'>,
  answered: WasmWay | undefined,
): WasmWay | undefined {
  const isWired = configs.some(({ form }) => form === 'already wired');
  return proposed === undefined || isWired ? proposed : (answered ?? proposed);
}

export function wiringOptions(
  platform: PlatformFacts,
  { lib, wasm, isModule }: Pick<WiringOptions, 'lib' | 'wasm' | 'isModule'>,
): WiringOptions {
  const way = chosenWay(platform, wasm);
  const { dev = {}, buildTarget } = homeOf(platform.buildTool)?.packages(platform.toolVersion, way) ?? {};
  return {
    lib,
    isModule: isModule === true,
    wasm: way,
    needsTopLevelAwait: dev['vite-plugin-top-level-await'] !== undefined,
    buildTarget,
    isTypedAsNode: platform.isTypedAsNode,
  };
}
