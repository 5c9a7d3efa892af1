/** Opens the workshop that all test files share, with the kit in it, and closes it however the run ends. */
import * as path from 'node:path';
import { installKit } from './apps';
import { closeWorkshop, workshop } from './workshop';

export default async function setup(): Promise<void> {
  // Browsers and servers of the tests themselves leave their files there, too.
  process.env.TMPDIR = path.join(workshop(), 'tmp');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      closeWorkshop();
      process.exit(1);
    });
  }
  await installKit();
}
