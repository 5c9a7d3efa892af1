/** `doctor`: every check in order, each in a small file of its own. */
import type { CommandContext } from '../commands/context';
import { usualDir } from '../discover/facts';
import { specOrNull } from '../kit';
import { readRecord } from '../installation-record';
import { buildSettings } from './build-settings';
import { clashes } from './clashes';
import { committed } from './committed';
import { csp } from './csp';
import { checkDeployed } from './deployed';
import type { Check, CheckContext, Finding } from './finding';
import { notInstalled } from './installed';
import { moved } from './moved';
import { packages } from './packages';
import { queries } from './queries';
import { checkRelayNetwork } from './relay-network';
import { configuredRelays, relays, relaysOfBuild, servedListUrl } from './relays';
import { salt } from './salt';
import { serviceWorker } from './service-worker';
import { source } from './source';
import { template } from './template';
import { byHandLine, lineOf } from '../run-again';
import { unfinishedRemoval } from '../undo/unfinished-removal';
import { use } from './use';
import { versions } from './versions';
import { wiring } from './wiring';

/** Checks that read the project only. */
export const localChecks: readonly Check[] = [
  versions,
  moved,
  wiring,
  buildSettings,
  clashes,
  template,
  committed,
  salt,
  relays,
  csp,
  serviceWorker,
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
  /** Ids of checks to leave out, because the packages are not installed. */
  readonly ignore?: readonly string[];
  /** Called with the id of each check before it is made. */
  readonly onCheck?: (id: string) => void;
}

/** What was looked at, and what not. */
export interface Examination {
  readonly findings: readonly Finding[];
  /** Ids of checks. */
  readonly ran: readonly string[];
  readonly leftOut: readonly LeftOut[];
}

export interface LeftOut {
  readonly check: string;
  /** In words. */
  readonly why: string;
}

export async function runDoctor(context: CommandContext, options: DoctorOptions): Promise<Examination> {
  const { network = null, url, ignore = [] } = options;
  const record = readRecord(context.files);
  const dir = record?.dir ?? usualDir;
  const form = record?.form ?? (context.files.read(`${dir}/engine.js`) === null ? 'typescript' : 'javascript');
  const kit = context.readKit({ app: context.root });
  const checked: CheckContext = {
    ...context,
    dir,
    form,
    ...(record !== null && { framework: record.framework }),
    peers: kit.peers,
    spec: specOrNull(kit),
    ...(url !== undefined && { url }),
  };
  const findings: Finding[] = [];
  const ran: string[] = [];
  const leftOut: LeftOut[] = [];
  const examine = async (id: string, whyNot: string | null, look: () => ReturnType<Check['check']>) => {
    if (whyNot !== null) {
      leftOut.push({ check: id, why: whyNot });
      return;
    }
    options.onCheck?.(id);
    ran.push(id);
    findings.push(...(await look()));
  };

  const left = unfinishedUndo(checked);
  const missing = notInstalled(checked, left.length > 0);
  await examine('installed', null, () => (missing === null ? [] : [missing, ...left]));
  const whyNoneIsInstalled = missing === null ? null : 'zero-backend-sync is not installed here';
  for (const { id, check } of localChecks)
    await examine(id, whyNoneIsInstalled ?? (ignore.includes(id) ? 'the packages are not installed' : null), () =>
      check(checked),
    );
  const listed = configuredRelays(checked).filter((relay) => URL.canParse(relay));
  const whyNoNetwork =
    whyNoneIsInstalled ??
    (network === null ? 'no relay is asked (--offline)' : listed.length === 0 ? 'config.json lists no relay' : null);
  await examine('relay-network', whyNoNetwork, () =>
    checkRelayNetwork(listed, { ...context, write: network?.write === true }),
  );
  const whyNoSite = url === undefined ? 'no deployed site is named (--url)' : null;
  const lists = { relays: relaysOfBuild(checked, () => null), relaysUrl: servedListUrl(checked) };
  await examine('deployed', whyNoSite, () => checkDeployed(url ?? '', context.fetch, lists));
  return { findings, ran, leftOut };
}

/** The app is as it was, and node_modules is not. */
function unfinishedUndo({ files, spec = null }: CheckContext): readonly Finding[] {
  if (unfinishedRemoval(files) === null) return [];
  const line = lineOf('undo', { isInstalled: false, spec });
  return [
    {
      check: 'installed',
      code: 'REMOVAL_UNFINISHED',
      severity: 'warning',
      what: 'node_modules still holds the packages of zero-backend-sync: an earlier "undo" was interrupted while it removed them.',
      why: 'The files of the app are restored, and the packages only take room.',
      how: `Run "${line ?? byHandLine('undo')}" again, or install the app's packages.`,
      ...(line !== null && { command: line }),
    },
  ];
}
