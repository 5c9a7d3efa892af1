import { readFileSync } from 'node:fs';
import {
  limitAfterRefusal,
  classifyOk,
  classifyReason,
  isFinal,
  quoteReason,
  statedRate,
  Verdict,
} from '../../../src/runtime/relay/verdict';

describe('classifyOk', () => {
  // Answers of strfry, nostr-rs-relay, nostream, khatru and public relays, as listed in docs/relays.md.
  it.each([
    [true, '', Verdict.Accepted],
    [true, 'duplicate: have this event', Verdict.Duplicate],
    [true, 'duplicate:', Verdict.Duplicate],
    [false, 'duplicate: already have it', Verdict.Duplicate],
    [false, 'replaced: have newer event', Verdict.Superseded],
    [false, 'rate-limited: slow down', Verdict.RateLimited],
    [false, 'rate-limited: you are noting too much', Verdict.RateLimited],
    [false, 'you are noting too much', Verdict.RateLimited],
    [false, 'auth-required: we only take events of members', Verdict.AuthRequired],
    [false, 'pow: 28 bits needed. (2)', Verdict.WorkRequired],
    [false, 'invalid: difficulty 12 is less than 20', Verdict.WorkRequired],
    [false, 'blocked: pubkey not admitted', Verdict.Restricted],
    [false, 'blocked: kind 30078 is not allowed', Verdict.Unsupported],
    [false, 'restricted: sign up at our site', Verdict.Restricted],
    [false, 'please pay the admission fee', Verdict.Restricted],
    [false, 'invalid: event too large: 70000', Verdict.TooLarge],
    [false, 'rejected: content is longer than 102400 bytes', Verdict.TooLarge],
    [false, 'event exceeded max size', Verdict.TooLarge],
    [false, 'blocked: over the max limit of kinds', Verdict.Restricted],
    [false, 'invalid: created_at too late', Verdict.ClockFast],
    [false, 'invalid: created_at too early', Verdict.ClockSlow],
    [false, 'invalid: event expired', Verdict.ClockSlow],
    [false, 'rejected: created_at is more than 900 seconds in the future', Verdict.ClockFast],
    [false, 'invalid: The event created_at field is out of the acceptable range', Verdict.ClockFast],
    [false, 'deleted: user requested deletion', Verdict.Deleted],
    [false, 'invalid: bad signature', Verdict.Invalid],
    [false, 'mute: no one was listening for this', Verdict.Accepted],
    [false, 'error: could not connect to the database', Verdict.Failed],
    [false, '', Verdict.Failed],
    [false, 'constructor: toString', Verdict.Failed],
  ])('%s %j is %s', (accepted, reason, verdict) => {
    expect(classifyOk(accepted, reason)).toBe(verdict);
  });
});

describe('what known relays say (docs/relays.md)', () => {
  const rows = readFileSync('docs/relays.md', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, relay, where, words, verdict] = /^\| (\S+) +\| (.*?) +\| `(.*?)` +\| ([a-z-]+) +\|/.exec(line) ?? [];
      return words === undefined ? [] : [[relay, where, words, verdict] as const];
    });

  it('is listed', () => expect(rows.length).toBeGreaterThan(40));

  it.each(rows)('%s in %s: %s is taken for %s', (_relay, where, words, verdict) => {
    expect(where!.startsWith('OK') ? classifyOk(false, words!) : classifyReason(words!)).toBe(verdict);
  });
});

describe('classifyReason', () => {
  it.each([
    ['ERROR: auth-required: who are you', Verdict.AuthRequired],
    ['  Error: AUTH-REQUIRED: members', Verdict.AuthRequired],
    ['error: restricted: pubkey not on the list', Verdict.Restricted],
    ['bad req: rate-limited: slow down', Verdict.RateLimited],
    ['Rate Limited: too many', Verdict.RateLimited],
    ['auth-required', Verdict.AuthRequired],
    ['You need to authenticate', Verdict.AuthRequired],
    ['restricted: not the authenticated author', Verdict.Restricted],
    ['__proto__: constructor: toString:', Verdict.Failed],
  ])('prefixes in prefixes, in any case, and words alone: %j is %s', (reason, verdict) => {
    expect(classifyReason(reason)).toBe(verdict);
  });

  it.each([
    ['auth-required: read needs auth', Verdict.AuthRequired],
    ['error: shutting down idle subscription', Verdict.Failed],
    ['kinds not supported', Verdict.Unsupported],
    ['ERROR: too many concurrent REQs', Verdict.RateLimited],
    ['rate-limited: too many subscriptions', Verdict.RateLimited],
    ['unsupported: filter', Verdict.Unsupported],
    ['invalid: limit too high', Verdict.LimitTooHigh],
    ['ERROR: bad req: limit too large', Verdict.LimitTooHigh],
    ['max limit 100', Verdict.LimitTooHigh],
    ['restricted: limit exceeds 200', Verdict.LimitTooHigh],
    ['invalid: "limit" must be less than or equal to 100', Verdict.LimitTooHigh],
    ['limit (500) is over the maximum of 100', Verdict.LimitTooHigh],
    ['blocked: too large limit', Verdict.LimitTooHigh],
    ['rate-limited: max limit reached', Verdict.RateLimited],
    ['rate limit exceeds 20 a minute', Verdict.RateLimited],
    ['message too large', Verdict.TooLarge],
    ['error: size limit exceeds 65536', Verdict.TooLarge],
  ])('a subscription closed with %j is %s', (reason, verdict) => {
    expect(classifyReason(reason)).toBe(verdict);
  });
});

describe('limitAfterRefusal', () => {
  it.each([
    ['invalid: limit too high', 500, 250],
    ['max limit 100', 500, 100],
    ['limit 500 is too high, at most 200', 500, 200],
    ['limit too large (500)', 500, 250],
    ['limit too high: error 3', 500, 250],
    ['limit exceeds 1000', 500, 250],
    ['limit exceeds 10', 30, 15],
  ])('%j: instead of %i, %i events are asked for', (reason, asked, limit) => {
    expect(limitAfterRefusal(reason, asked, 20)).toBe(limit);
  });
});

test.each([
  ['rate-limited: 6 events per minute', 0.1],
  ['rate-limited: max 24/min, slow down', 0.4],
  ['rate-limited: 60 events in 60 s', 1],
  ['rate-limited: you may write 10 notes an hour', 10 / 3600],
  ['rate-limited: 2 per second', 2],
  ['rate-limited: slow down', undefined],
  ['rate-limited: you are noting too much', undefined],
  ['rate-limited: 0 per minute', undefined],
  ['rate-limited: 3 in a row', undefined],
])('the rate that a refusal states: %j', (reason, perSecond) => {
  const stated = statedRate(reason);
  if (perSecond === undefined) expect(stated).toBeUndefined();
  else expect(stated).toBeCloseTo(perSecond);
});

test('final are the refusals that asking again does not change, and no others', () => {
  expect(Object.values(Verdict).filter(isFinal)).toEqual([
    Verdict.AuthRequired,
    Verdict.WorkRequired,
    Verdict.Restricted,
    Verdict.Unsupported,
  ]);
});

describe('quoteReason', () => {
  it('is short and printable, whatever a relay writes', () => {
    const quoted = quoteReason(`a\u0000b\u202ec\n${'d'.repeat(1000)}`);
    expect(quoted).toHaveLength(160);
    expect(quoted.startsWith('a b c d')).toBe(true);
  });
});
