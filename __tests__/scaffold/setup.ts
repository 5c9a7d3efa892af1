/** Opens the workshop that all test files share, and closes it however the run ends. */
import * as path from 'node:path';
import { closeWorkshop, workshop } from './workshop';

export default function setup(): void {
  // Browsers and servers of the tests themselves leave their files there, too.
  process.env.TMPDIR = path.join(workshop(), 'tmp');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      closeWorkshop();
      process.exit(1);
    });
  }
}
