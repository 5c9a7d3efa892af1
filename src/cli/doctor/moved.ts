/** The app has another build tool than the one that the kit was installed for. */
import { discoverPlatform } from '../discover/platform';
import { homes } from '../homes';
import { readRecord } from '../installation-record';
import { findMove, targets } from '../migrate/move';
import type { Check } from './finding';

export const moved: Check = {
  id: 'moved',
  title: 'build tool',
  check({ files }) {
    const record = readRecord(files);
    const { buildTool, buildToolEvidence, configs } = discoverPlatform(files);
    const to = targets.find((target) => target === buildTool);
    if (record === null || to === undefined) return [];
    const { from, isFormerGone } = findMove(files, record, to);
    const isWired = configs.some(({ form }) => form === 'already wired');
    if (from === to || (isWired && !isFormerGone)) return [];
    return [
      {
        check: 'moved',
        code: 'TOOL_CHANGED',
        severity: 'error',
        command: 'npx zero-backend-sync migrate',
        ...(buildToolEvidence && { evidence: buildToolEvidence }),
        what: `The app is built by ${homes[to].title}, and the kit was installed for ${homes[from].title}.`,
        why: 'Worker and WASM are not built by the new tool, and what was written for the former one is in the way of "undo" and "update".',
        how: 'Run "npx zero-backend-sync migrate": the same origin then opens the same databases with the same keys.',
      },
    ];
  },
};
