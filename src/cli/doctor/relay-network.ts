/** Findings from what the configured relays answer. */
import { FEWEST_RELAYS } from '../../runtime/core/config/relay-list';
import type { Finding } from './finding';
import { probeRelay, type ProbeOptions, type RelayAnswer } from './relay-probe';

/** Relays refuse events that are further off than some minutes; see docs/relays.md. */
const tolerableSkewMs = 60_000;

export async function checkRelayNetwork(urls: readonly string[], options: ProbeOptions): Promise<readonly Finding[]> {
  const answers = await Promise.all(urls.map((url) => probeRelay(url, options)));
  const [first] = answers;
  // All at once: that is this computer's network, and the same sentence for each relay would hide it.
  if (first !== undefined && answers.every(({ unreachable }) => unreachable !== null))
    return [noneReachable(answers, first)];
  return [...answers.flatMap(findingsFor), ...findingsForAll(answers)];
}

function noneReachable(answers: readonly RelayAnswer[], { url, unreachable }: RelayAnswer): Finding {
  return {
    check: 'relay-network',
    code: 'RELAYS_UNREACHABLE',
    severity: 'error',
    what: `None of the ${answers.length} relays can be reached from here (${url}: ${unreachable}).`,
    why: 'Edits stay on this device until a relay answers.',
    how: 'Look at your connection, proxy and firewall: WebSockets to port 443 have to get out. --offline leaves the relays out.',
  };
}

function findingsFor(answer: RelayAnswer): readonly Finding[] {
  const { url, unreachable, information, writeTest, reason } = answer;
  const found: Finding[] = [];
  const report = (code: string, severity: Finding['severity'], what: string, why: string, how: string) =>
    found.push({ check: 'relay-network', code, severity, what, why, how });
  const another = "Take another one; the kit's docs/relays.md names some.";
  if (unreachable !== null) {
    report(
      'RELAY_UNREACHABLE',
      'warning',
      `${url} cannot be reached: ${unreachable}.`,
      'It holds no copy of what the app writes.',
      `Try again later. ${another}`,
    );
    return found;
  }
  if (information === null)
    report(
      'RELAY_WITHOUT_NIP11',
      'info',
      `${url} has no NIP-11 document.`,
      'Its limits are not known beforehand.',
      'Nothing has to be done.',
    );
  if (information?.paymentRequired)
    report('RELAY_PAID', 'warning', `${url} wants payment.`, 'It refuses what the app writes.', another);
  if (information?.authRequired)
    report(
      'RELAY_AUTH',
      'info',
      `${url} wants its clients to authenticate (NIP-42).`,
      'The engine does so with the key of the user.',
      'Nothing has to be done.',
    );
  if ((information?.minPowDifficulty ?? 0) > 0)
    report(
      'RELAY_POW',
      'warning',
      `${url} wants ${information?.minPowDifficulty} bits of work for an event.`,
      'The engine does no proof of work, so it refuses what the app writes.',
      another,
    );
  const { maxMessageLength } = information ?? {};
  if (maxMessageLength != null && maxMessageLength < 65_536)
    report(
      'RELAY_SMALL_MESSAGES',
      'info',
      `${url} takes messages of ${maxMessageLength} bytes at most.`,
      'The engine keeps its pages below that, so there are more of them.',
      'Nothing has to be done.',
    );
  if (writeTest === 'refused')
    report(
      'RELAY_REFUSES',
      'warning',
      `${url} refuses kind 30078: ${reason}.`,
      'It stores nothing of the app.',
      another,
    );
  if (writeTest === 'unreadable')
    report(
      'RELAY_HIDES',
      'warning',
      `${url} stores kind 30078 and does not give it back: ${reason}.`,
      'No other device gets what the app writes there.',
      another,
    );
  if (writeTest === 'lost')
    report(
      'RELAY_LOSES',
      'warning',
      `${url} said OK to an event and did not have it a moment later.`,
      'What it says cannot be relied upon.',
      another,
    );
  return found;
}

function findingsForAll(answers: readonly RelayAnswer[]): readonly Finding[] {
  const found: Finding[] = [];
  const usable = answers.filter(isUsable);
  if (usable.length < FEWEST_RELAYS) {
    found.push({
      check: 'relay-network',
      code: 'RELAYS_TOO_FEW',
      severity: 'error',
      what: `${usable.length} of ${answers.length} relays can be used from here; ${FEWEST_RELAYS} are wanted.`,
      why: 'With fewer, writes may never be stored twice.',
      how: 'Look at the relays above, at your network and its proxy, and add relays to config.json.',
    });
  }
  const skews = answers.flatMap(({ clockSkewMs }) => (clockSkewMs === null ? [] : [clockSkewMs])).sort((a, b) => a - b);
  // The median: one relay with a wrong clock says nothing about this computer.
  const skew = skews[Math.floor(skews.length / 2)];
  if (skew !== undefined && skews.length > 1 && Math.abs(skew) > tolerableSkewMs) {
    found.push({
      check: 'relay-network',
      code: 'CLOCK_WRONG',
      severity: 'warning',
      what: `This computer's clock is ${Math.round(Math.abs(skew) / 1000)} s ${skew > 0 ? 'behind' : 'ahead of'} the relays'.`,
      why: 'Relays refuse events from the future; the engine corrects for it, with less certainty.',
      how: 'Let the system set its clock from the network.',
    });
  }
  return found;
}

function isUsable({ unreachable, writeTest }: RelayAnswer): boolean {
  return unreachable === null && (writeTest === 'stored' || writeTest === 'not asked');
}
