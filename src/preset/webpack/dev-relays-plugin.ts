/** Starts the development relays with the first compilation and stops them with webpack. */
import type { Compiler } from 'webpack';
import type { DevRelays } from '../dev-relays';

const name = 'ZeroBackendSyncDevRelays';

export class DevRelaysPlugin {
  constructor(private readonly relays: DevRelays) {}

  apply(compiler: Compiler): void {
    // Nobody waits here: the loader of config.json does, and reports a failure.
    compiler.hooks.watchRun.tap(name, () => void this.relays.start().catch(() => undefined));
    compiler.hooks.shutdown.tapPromise(name, () => this.relays.stop());
  }
}
