/** Why an edit did not reach the other device, as far as it shows from outside: on the pages, at the gateways and in the build. */
import { failed, type Outcome } from './check';
import { VerifyCode } from './failure';
import { plainText } from './plain-text';
import type { TestBed } from './test-bed';
import type { Frame } from './test-bed/gateway';
import { isNamedIn } from './test-bed/build-files';

/**
 * @param text what was written on `from` and did not show on the other device.
 * @param since the number of frames there were before it was written.
 * @throws KitError PAGE_LEFT, PAGE_CRASHED, PAGE_CLOSED, and those of a driver
 */
export async function whyNothingArrived(
  testBed: TestBed,
  {
    text,
    from,
    since,
    after,
  }: { readonly text: string; readonly from: 0 | 1; readonly since: number; readonly after: string },
): Promise<Outcome> {
  const { devices, driver, frames } = testBed;
  for (const device of devices) {
    const fault = device.fault();
    if (fault !== null) throw fault;
  }
  const own = await driver.read(devices[from]);
  if (own !== text) {
    return failed(
      VerifyCode.WriteNotShown,
      `${after} The page that wrote "${text}" does not show it either: ${own === null ? 'there is nothing to read' : `it shows "${plainText(own, 60)}"`}. What is read has to be the very text that was written; an app that changes it, or shows it elsewhere, needs a driver (--driver).${problemsOf(testBed)}`,
    );
  }
  const sent = frames.slice(since).filter(isEventOfApp);
  if (sent.length === 0) return whyNothingWasSent(testBed, after);
  const refusals = frames
    .slice(since)
    .flatMap(({ text: frame, isFromApp }) =>
      isFromApp ? [] : (/^\["OK","[^"]*",false,"(.*)"\]$/s.exec(frame)?.[1] ?? []),
    );
  if (refusals[0] !== undefined && refusals.length >= sent.length) {
    return failed(
      VerifyCode.RelaysRefused,
      `${after} The relays refused all ${sent.length} events: ${plainText(refusals[0], 100)}. "npx zero-backend-sync doctor" looks at each relay.`,
    );
  }
  if (hasDifferentUsers(frames)) {
    return failed(
      VerifyCode.DifferentUsers,
      `${after} The two browsers use different keys, so they are different users. The identity has to be the same on both: something that the server or the sign-in knows, nothing that is made in the browser; a driver has to sign in the same user.`,
    );
  }
  return failed(
    VerifyCode.NotArrived,
    `${after} ${sent.length} events were sent, and the other browser does not show what they hold. Look whether its page follows changes of the document that was written (a hook or a subscription), and whether read(page) looks in the right place.${problemsOf(testBed)}`,
  );
}

/** No event was seen at a relay: the engine does not run, syncs with nobody, or has nothing to send. */
export function whyNothingWasSent(testBed: TestBed, after = ''): Outcome {
  const { gateways, relays, build } = testBed;
  const connections = gateways.reduce((sum, gateway) => sum + gateway.connections, 0);
  if (connections > 0) {
    return failed(
      VerifyCode.NothingSent,
      `${after} The app is connected to its relays and sent no event: what was written is not synced. Only what is written to a document of the engine is, by a hook or patch; without --driver the first text field has to be bound to one.${problemsOf(testBed)}`,
    );
  }
  const missing = relays.filter((relay) => !isNamedIn(build, new URL(relay).hostname));
  const why =
    missing.length > 0
      ? `The build does not name ${missing[0]} of config.json: build it again.`
      : 'The engine was not opened, or its status is "local-only": nobody is signed in (a guest has no keys), or the app opens it without relays. An app with a login needs a driver that signs in (--driver; docs/cli.md shows one).';
  return failed(
    VerifyCode.LocalOnly,
    `${after} The app connected to no relay and sent nothing. ${why}${problemsOf(testBed)}`,
  );
}

/** What the pages reported, as a sentence with a space in front; empty where they reported nothing. */
export function problemsOf({ devices }: Pick<TestBed, 'devices'>): string {
  const problems = [...new Set(devices.flatMap((device) => device.problems))];
  return problems.length === 0 ? '' : ` The pages reported: ${plainText(problems.slice(0, 3).join(' | '), 400)}`;
}

export function isEventOfApp({ text, isFromApp }: Frame): boolean {
  return isFromApp && text.startsWith('["EVENT"');
}

/** Two connections that ask for, or write, what no author has in common. */
function hasDifferentUsers(frames: readonly Frame[]): boolean {
  const authors = new Map<object, Set<string>>();
  for (const { text, isFromApp, connection } of frames) {
    if (!isFromApp) continue;
    const named = authors.get(connection) ?? new Set();
    authors.set(connection, named);
    for (const [author] of text.matchAll(/(?<="authors":\[[^\]]*|"pubkey":)"[0-9a-f]{64}"/g)) named.add(author);
  }
  const users = [...authors.values()].filter((named) => named.size > 0);
  return users.some((one) => users.some((other) => [...one].every((author) => !other.has(author))));
}
