import { SignatureChecks } from '../../../src/runtime/mesh/signature-checks';
import type { NostrEvent } from '../../../src/runtime/contracts/slot';
import { OwnedClock } from '../../support/owned-clock';
import { makeHead, testSignature } from '../../support/test-slots';

const [ONE, TWO] = ['wss://one.example', 'wss://two.example'];
const { event } = makeHead({ createdAt: 1 });

function create() {
  const clock = new OwnedClock();
  const checkedAt: number[] = [];
  const began = clock.now();
  const checks = new SignatureChecks({
    clock,
    limits: { signatureChecks: 10, signatureChecksPerSecond: 5 },
    isSigned({ sig }) {
      checkedAt.push(clock.now() - began);
      return sig === testSignature;
    },
  });
  const verdicts: (boolean | undefined)[] = [];
  const note = (verdict: Promise<boolean | undefined>) => void verdict.then((is) => verdicts.push(is));
  const check = (count: number, relay = ONE, of: NostrEvent = event) => {
    for (let at = 0; at < count; at += 1) note(checks.check(of, relay));
  };
  const checkOpened = (count: number, relay = ONE) => {
    for (let at = 0; at < count; at += 1) note(checks.checkOpened(event, relay));
  };
  return { clock, checks, checkedAt, verdicts, check, checkOpened };
}

it('checks a burst, and the rest of a relay at its rate', async () => {
  const { clock, check, checkedAt, verdicts } = create();
  check(20);
  check(1, TWO, { ...event, sig: '0'.repeat(128) });
  expect(checkedAt).toEqual([]);
  await clock.advance(100);
  expect(checkedAt).toHaveLength(11);
  expect(verdicts.filter((isSigned) => !isSigned)).toEqual([false]);
  await clock.advance(1_000);
  expect(checkedAt).toHaveLength(16);
  await clock.advance(1_000);
  expect(checkedAt).toHaveLength(21);
});

it('checks what has been opened a moment later, without a budget', async () => {
  const { clock, checkOpened, checkedAt } = create();
  checkOpened(50);
  await clock.advance(29);
  expect(checkedAt).toEqual([]);
  await clock.advance(1);
  expect(checkedAt).toHaveLength(50);
});

it('gives up what waits on the account of one relay, and nothing of another', async () => {
  const { clock, checks, check, checkOpened, checkedAt, verdicts } = create();
  check(5);
  checkOpened(5);
  check(5, TWO);
  checkOpened(5, TWO);
  checks.giveUp(ONE);
  await clock.advance(100);
  expect(checkedAt).toHaveLength(10);
  expect(verdicts.filter((isSigned) => isSigned === undefined)).toHaveLength(10);
});

it('leaves nothing behind when it is stopped', async () => {
  const { clock, checks, check, checkOpened, verdicts } = create();
  check(20);
  checkOpened(5);
  checks.stop();
  check(1);
  checkOpened(1);
  await clock.advance(60_000);
  expect(verdicts).toEqual(Array(27).fill(undefined));
  expect(clock.pendingTimers).toBe(0);
});
