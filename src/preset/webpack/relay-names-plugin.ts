/** Says in the terminal of a development server through which relays the app syncs: those that run beside it, or those of its config.json. */
import type { Compiler } from 'webpack';
import type { AppContext } from '../app';
import type { DevRelays } from '../dev-relays';
import { describeRelays } from '../relay-names';

const name = 'ZeroBackendSyncRelayNames';

/** Create React App clears the terminal when a compilation is done, and prints its own words then: these come after. */
const afterOthers = 1000;

export interface RelayNamesOptions {
  readonly app: AppContext;
  /** Undefined where the app wants none: then those of config.json are used. */
  readonly relays: DevRelays | undefined;
  readonly print?: (text: string) => void;
  /** Whether the tool clears the terminal, as Create React App does, so that what was said has to be said again. */
  readonly isCleared: boolean;
}

export class RelayNamesPlugin {
  constructor(private readonly options: RelayNamesOptions) {}

  apply(compiler: Compiler): void {
    const { app, relays, print = console.log, isCleared } = this.options;
    let isSaid = false;
    compiler.hooks.done.tapPromise({ name, stage: afterOthers }, async (stats) => {
      if (!compiler.watchMode || stats.hasErrors() || (isSaid && !isCleared)) return;
      const text = await describeRelays(app, relays);
      if (text === undefined) return;
      isSaid = true;
      print(text);
    });
  }
}
