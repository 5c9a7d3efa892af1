/** `doctor`: every check in order, each in a small file of its own. */
import type { CommandContext } from '../commands/context';
import { usualDir } from '../discover/facts';
import { readRecord } from '../installation-record';
import { clashes } from './clashes';
import { committed } from './committed';
import { csp } from './csp';
import { checkDeployed } from './deployed';
import type { Check, CheckContext, Finding } from './finding';
import { notInstalled } from './installed';
import { packages } from './packages';
import { queries } from './queries';
import { checkRelayNetwork } from './relay-network';
import { configuredRelays, relays } from './relays';
import { salt } from './salt';
import { source } from './source';
import { template } from './template';
import { unfinishedRemoval } from '../undo/unfinished-removal';
import { use } from './use';
import { versions } from './versions';
import { wiring } from './wiring';

/** Checks that read the project only. */
export const localChecks: readonly Check[] = [
  versions,
  wiring,
  clashes,
  template,
  committed,
  salt,
  relays,
  csp,
  packages,
  queries,
  source,
  use,
];

export interface DoctorOptions {
  /** Ask the relays, which takes seconds. */
  readonly network?: { readonly write: boolean } | null;
  /** A deployed site. */
  readonly url?: string | undefined;
  /** Ids of checks to leave out. */
  readonly ignore?: readonly string[];
}

export async function runDoctor(
  context: CommandContext,
  { network = null, url, ignore = [] }: DoctorOptions,
): Promise<readonly Finding[]> {
  const record = readRecord(context.files);
  const dir = record?.dir ?? usualDir;
  const form = record?.form ?? (context.files.read(`${dir}/engine.js`) === null ? 'typescript' : 'javascript');
  const checked: CheckContext = {
    ...context,
    dir,
    form,
    peers: context.readKit().peers,
    ...(url !== undefined && { url }),
  };
  const findings: Finding[] = [];
  const missing = notInstalled(checked);
  if (missing !== null)
    return [missing, ...unfinishedUndo(context), ...(url === undefined ? [] : await checkDeployed(url, context.fetch))];
  for (const check of localChecks) if (!ignore.includes(check.id)) findings.push(...(await check.check(checked)));
  const listed = configuredRelays(checked).filter((relay) => URL.canParse(relay));
  if (network !== null && listed.length > 0)
    findings.push(...(await checkRelayNetwork(listed, { ...context, write: network.write })));
  if (url !== undefined) findings.push(...(await checkDeployed(url, context.fetch)));
  return findings;
}

/** The app is as it was, and node_modules is not. */
function unfinishedUndo({ files }: CommandContext): readonly Finding[] {
  if (unfinishedRemoval(files) === null) return [];
  return [
    {
      check: 'installed',
      code: 'REMOVAL_UNFINISHED',
      severity: 'warning',
      what: 'node_modules still holds the packages of zero-backend-sync: an earlier "undo" was interrupted while it removed them.',
      why: 'The files of the app are restored, and the packages only take room.',
      how: 'Run "npx zero-backend-sync undo" again, or install the app\'s packages.',
      command: 'npx zero-backend-sync undo',
    },
  ];
}
