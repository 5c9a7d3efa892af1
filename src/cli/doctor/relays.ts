import { FEWEST_RELAYS } from '../../runtime/core/config/relay-list';
import { isObject } from '../discover/package-json';
import { findLine } from '../discover/syntax';
import { parseJson } from '../edit/json';
import type { Check, CheckContext, Finding } from './finding';

/** The relays as config.json lists them; entries that are no text are left out. */
export function configuredRelays({ files, dir }: Pick<CheckContext, 'files' | 'dir'>): readonly string[] {
  const file = `${dir}/config.json`;
  const text = files.read(file);
  const config = text === null ? null : parseJson(file, text);
  return isObject(config) && Array.isArray(config.relays)
    ? config.relays.filter((relay): relay is string => typeof relay === 'string')
    : [];
}

export const relays: Check = {
  id: 'relays',
  title: 'list of relays',
  check(context) {
    const file = `${context.dir}/config.json`;
    const text = context.files.read(file);
    if (text === null) return [];
    const listed = configuredRelays(context);
    const findings: Finding[] = [];
    const report = (code: string, what: string, why: string, how: string, shown?: string) => {
      const evidence = findLine(
        file,
        text,
        shown === undefined ? /"relays"/ : new RegExp(shown.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')),
      );
      findings.push({ check: 'relays', code, severity: 'error', what, why, how, ...(evidence && { evidence }) });
    };
    const distinct = new Map<string, string>();
    for (const relay of listed) {
      const url = URL.canParse(relay) ? new URL(relay) : null;
      const isLoopback = url !== null && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
      if (url === null || (url.protocol !== 'wss:' && !(url.protocol === 'ws:' && isLoopback))) {
        report(
          'RELAY_INVALID',
          `${relay} is no relay's address.`,
          'A page on https can only reach wss:// addresses.',
          'Write wss://host.',
          relay,
        );
        continue;
      }
      const address = `${url.host}${url.pathname.replace(/\/$/, '')}`;
      const former = distinct.get(address);
      if (former === undefined) distinct.set(address, relay);
      else
        report(
          'RELAY_TWICE',
          `${relay} is the same relay as ${former}.`,
          'A copy counts once, so durability is less than it seems.',
          'Take one of them out.',
          relay,
        );
    }
    if (distinct.size < FEWEST_RELAYS) {
      report(
        'RELAYS_TOO_FEW',
        `${distinct.size} relays are configured; at least ${FEWEST_RELAYS} are needed.`,
        'A write counts as stored on two relays, and one may be down.',
        "Add relays that are run by different people; the kit's docs/relays.md names some.",
      );
    }
    return findings;
  },
};
