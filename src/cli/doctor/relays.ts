import { FEWEST_RELAYS, MOST_FORMER_RELAYS } from '../../runtime/core/config/relay-list';
import { readServedList } from '../../runtime/core/config/served-list';
import { relayAddressOf } from '../../runtime/core/relay-address';
import { findLine } from '../discover/syntax';
import { includes, lastListOf, listsIn, sharedBy, type ConfiguredLists } from '../former-relays';
import { readRecord } from '../installation-record';
import type { Check, CheckContext, Finding, Severity } from './finding';

type ConfigContext = Pick<CheckContext, 'files' | 'dir'>;

const configOf = ({ files, dir }: ConfigContext): ConfiguredLists => {
  const file = `${dir}/config.json`;
  return listsIn(file, files.read(file));
};

/** The relays as config.json lists them; entries that are no text are left out. */
export const configuredRelays = (context: ConfigContext): readonly string[] => configOf(context).relays;

/** The path of the list that the site serves; undefined where none is named, or what is named is no path of it. */
export function servedListUrl(context: ConfigContext): string | undefined {
  const { relaysUrl } = configOf(context);
  return relaysUrl !== undefined && PATH.test(relaysUrl) ? relaysUrl : undefined;
}

const PATH = /^\/(?!\/)[^?#]*\.json$/;

/** All relays that a build may talk to: those of config.json, former ones, and those of the file that `relaysUrl` names. */
export function relaysOfBuild(context: ConfigContext, readFile = publicFile(context)): readonly string[] {
  const { relays, formerRelays } = configOf(context);
  const relaysUrl = servedListUrl(context);
  const served = relaysUrl === undefined ? null : servedListIn(readFile(relaysUrl), relaysUrl);
  const all = [...relays, ...formerRelays, ...(served instanceof Error ? [] : (served ?? []))];
  return all.filter((relay, at) => !includes(all.slice(0, at), relay));
}

const publicFile =
  ({ files }: Pick<ConfigContext, 'files'>) =>
  (url: string): string | null =>
    files.read(`public${url}`);

/** Null without a file; an error says what is wrong with it. */
function servedListIn(text: string | null, url: string): readonly string[] | Error | null {
  if (text === null) return null;
  try {
    return readServedList(JSON.parse(text), url);
  } catch (error) {
    return error as Error;
  }
}

export const relays: Check = {
  id: 'relays',
  title: 'list of relays',
  check(context) {
    const file = `${context.dir}/config.json`;
    const text = context.files.read(file);
    if (text === null) return [];
    const findings: Finding[] = [];
    const report: Report = (severity, code, what, why, how, { shown, ...more } = {}) => {
      const pattern = shown === undefined ? /"relays"/ : new RegExp(shown.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
      const evidence = findLine(file, text, pattern);
      findings.push({ check: 'relays', code, severity, what, why, how, ...(evidence && { evidence }), ...more });
    };
    checkList(configuredRelays(context), report);
    checkFormer(configOf(context), report);
    checkChange(context, report);
    checkServed(context, report);
    return findings;
  },
};

type Report = (
  severity: Severity,
  code: string,
  what: string,
  why: string,
  how: string,
  more?: { readonly shown?: string; readonly command?: string },
) => void;

function checkList(listed: readonly string[], report: Report): void {
  const distinct = new Map<string, string>();
  for (const relay of listed) {
    const address = relayAddressOf(relay);
    const known = address === undefined ? undefined : distinct.get(address);
    if (address === undefined)
      report(
        'error',
        'RELAY_INVALID',
        `${relay} is no relay's address.`,
        'A page on https can only reach wss:// addresses.',
        'Write wss://host.',
        { shown: relay },
      );
    else if (known === undefined) distinct.set(address, relay);
    else
      report(
        'error',
        'RELAY_TWICE',
        `${relay} is the same relay as ${known}.`,
        'A copy counts once, so durability is less than it seems.',
        'Take one of them out.',
        { shown: relay },
      );
  }
  if (distinct.size >= FEWEST_RELAYS) return;
  report(
    'error',
    'RELAYS_TOO_FEW',
    `${distinct.size} relays are configured; at least ${FEWEST_RELAYS} are needed.`,
    'A write counts as stored on two relays, and one may be down.',
    "Add relays that are run by different people; the kit's docs/relays.md names some.",
  );
}

function checkFormer({ relays: listed, formerRelays }: ConfiguredLists, report: Report): void {
  const wrong = formerRelays.find((relay, at) => {
    const isKnown = includes(listed, relay) || includes(formerRelays.slice(0, at), relay);
    return relayAddressOf(relay) === undefined || isKnown;
  });
  if (wrong === undefined && formerRelays.length <= MOST_FORMER_RELAYS) return;
  report(
    'error',
    'FORMER_RELAY_INVALID',
    wrong === undefined
      ? `"formerRelays" names ${formerRelays.length} relays; ${MOST_FORMER_RELAYS} are followed.`
      : `${wrong} in "formerRelays" is no relay's address, is there twice, or is in "relays" as well.`,
    'The engine refuses such a config.json.',
    wrong === undefined ? 'Take the oldest ones out.' : 'Take it out of "formerRelays".',
    { shown: '"formerRelays"' },
  );
}

/** The list of the last release is what the record has. */
function checkChange(context: CheckContext, report: Report): void {
  const { relays: listed, formerRelays } = configOf(context);
  const record = readRecord(context.files);
  const last = record === null ? undefined : lastListOf(context.files, record);
  if (last === undefined || listed.length === 0) return;
  const left = last.filter((relay) => !includes(listed, relay) && !includes(formerRelays, relay));
  if (left.length > 0)
    report(
      'warning',
      'RELAYS_LEFT',
      `${left.join(', ')} left the list of relays, and "formerRelays" does not name ${left.length === 1 ? 'it' : 'them'}.`,
      'Devices that still run the last release use them, and are met there.',
      'Run "npx zero-backend-sync update": it moves them to "formerRelays". Take out there what no release has used.',
      { command: 'npx zero-backend-sync update' },
    );
  const shared = sharedBy(listed, last);
  if (left.length === 0 || shared >= 2) return;
  report(
    'warning',
    'RELAYS_APART',
    `The list of relays shares ${shared === 0 ? 'no relay' : 'one relay only'} with that of the last release.`,
    'Devices of the two releases meet slowly, and everything is uploaded again before it counts as stored.',
    'Change the list in two steps, a release each, of which each keeps two relays (docs/relays.md).',
  );
}

function checkServed(context: CheckContext, report: Report): void {
  const { relaysUrl } = configOf(context);
  if (relaysUrl === undefined) return;
  const shown = '"relaysUrl"';
  if (!PATH.test(relaysUrl))
    return report(
      'error',
      'RELAYS_URL_INVALID',
      `"relaysUrl" is ${relaysUrl}.`,
      "The list is taken from the app's own origin only.",
      'Write the path of a JSON file from the root of the site, such as "/relays.json".',
      { shown },
    );
  const file = `public${relaysUrl}`;
  const served = servedListIn(publicFile(context)(relaysUrl), relaysUrl);
  if (served === null)
    report(
      'warning',
      'RELAYS_FILE_MISSING',
      `"relaysUrl" names ${relaysUrl}, and there is no ${file}.`,
      'Unless the host serves it from elsewhere, devices go on with the relays of config.json, and their status says so.',
      `Write ${file}: { "relays": [...] }.`,
      { shown },
    );
  else if (served instanceof Error)
    report(
      'error',
      'RELAYS_FILE_INVALID',
      `${file} is no list of relays: ${served.message}`,
      'Devices do not take it, and go on with the last list that was right.',
      'Correct it, as "relays" of config.json.',
      { shown },
    );
}
