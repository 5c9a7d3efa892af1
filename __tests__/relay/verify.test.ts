import { createHash } from 'node:crypto';
import { createVerifier, verify, Verification } from '../../src/relay/verify';
import { makeEvent } from './support';

const spoilt = (sig: string) => [...sig].reverse().join('');

it('tells a wrong id from a wrong signature', () => {
  const event = makeEvent();
  expect(verify(event)).toBe(Verification.Good);
  expect(verify({ ...event, content: 'other' })).toBe(Verification.BadId);
  expect(verify({ ...event, sig: makeEvent({ content: 'x' }).sig })).toBe(Verification.BadSignature);
});

it('checks a signature once, however many relays are shown the event, be it good or bad', () => {
  const checked: string[] = [];
  const verifier = createVerifier(({ sig }) => {
    checked.push(sig);
    return sig === event.sig;
  });
  const event = makeEvent();
  const forgery = { ...event, sig: spoilt(event.sig) };
  expect([event, forgery, event, forgery].map(verifier)).toEqual([
    Verification.Good,
    Verification.BadSignature,
    Verification.Good,
    Verification.BadSignature,
  ]);
  expect(checked).toEqual([event.sig, forgery.sig]);
});

it('is not fooled by a key that is no point of the curve', () => {
  const { created_at, kind, tags, content } = makeEvent();
  const pubkey = 'f'.repeat(64);
  const event = { ...makeEvent({ created_at, kind, tags, content }), pubkey };
  expect(verify(event)).toBe(Verification.BadId);
  expect(verify({ ...event, id: idOf({ ...event, pubkey }) })).toBe(Verification.BadSignature);
});

it('forgets the oldest verdicts', () => {
  let checks = 0;
  const verifier = createVerifier(() => {
    checks += 1;
    return true;
  });
  const event = makeEvent();
  const signed = (n: number) => ({ ...event, sig: String(n).padStart(128, '0') });
  for (let n = 0; n < 4_097; n += 1) verifier(signed(n));
  verifier(signed(4_096));
  expect(checks).toBe(4_097);
  verifier(signed(0));
  expect(checks).toBe(4_098);
});

function idOf({ pubkey, created_at, kind, tags, content }: ReturnType<typeof makeEvent>): string {
  return createHash('sha256')
    .update(JSON.stringify([0, pubkey, created_at, kind, tags, content]))
    .digest('hex');
}
