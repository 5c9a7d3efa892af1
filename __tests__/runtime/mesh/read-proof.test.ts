import { ReadCompleteness } from '../../../src/runtime/core/status';
import { createReadProof, Shown } from '../../../src/runtime/mesh/read-proof';
import { OwnedClock } from '../../support/owned-clock';

const PATIENCE_MS = 15_000;

function relaysNamed(...urls: readonly string[]) {
  const clock = new OwnedClock();
  const down = new Set<string>();
  const changes: string[] = [];
  const proof = createReadProof({
    clock,
    required: Math.min(2, urls.length),
    patienceMs: PATIENCE_MS,
    relays: () => urls.map((url) => ({ url, isDown: down.has(url) })),
    changed: () => changes.push(proof.completeness),
  });
  proof.relaysChanged();
  const goDown = (url: string) => {
    down.add(url);
    proof.relaysChanged();
  };
  return { clock, proof, changes, goDown, read: () => [...proof.read] };
}

test('a relay has been read when it has shown data, and two make it complete', () => {
  const { proof, read } = relaysNamed('a', 'b', 'c');
  proof.note('a', Shown.Data);
  expect([read(), proof.completeness]).toEqual([['a'], ReadCompleteness.Pending]);
  proof.note('c', Shown.Data);
  expect([read(), proof.completeness]).toEqual([['a', 'c'], ReadCompleteness.Complete]);
});

test('a relay that shows nothing proves nothing, however long it lasts', async () => {
  const { clock, proof, read } = relaysNamed('a', 'b', 'c');
  for (const url of ['a', 'b', 'c']) proof.note(url, Shown.Emptiness);
  await clock.advance(10 * PATIENCE_MS);
  expect([read(), proof.completeness]).toEqual([[], ReadCompleteness.Pending]);
});

test('relays that are all empty have been read when each has given back what was written to it', () => {
  const { proof, read } = relaysNamed('a', 'b', 'c');
  for (const url of ['a', 'b', 'c']) proof.note(url, Shown.Emptiness);
  proof.note('a', Shown.OwnWriting);
  proof.note('b', Shown.OwnWriting);
  expect(read()).toEqual([]);
  proof.note('c', Shown.OwnWriting);
  expect(read()).toEqual(['a', 'b', 'c']);
});

test('empty relays that answer first decide nothing before the others had their time', async () => {
  const { clock, proof, read } = relaysNamed('wiped', 'also wiped', 'slow');
  for (const url of ['wiped', 'also wiped']) {
    proof.note(url, Shown.Emptiness);
    proof.note(url, Shown.OwnWriting);
  }
  await clock.advance(10_000);
  expect(read()).toEqual([]);
  proof.note('slow', Shown.Data);
  expect(new Set(read())).toEqual(new Set(['slow', 'wiped', 'also wiped']));
});

test('an empty relay has been read when the others are down, or have had their time', async () => {
  const { clock, proof, goDown, read } = relaysNamed('wiped', 'down', 'mute');
  proof.note('wiped', Shown.Emptiness);
  proof.note('wiped', Shown.OwnWriting);
  goDown('down');
  await clock.advance(PATIENCE_MS - 100);
  expect(read()).toEqual([]);
  await clock.advance(200);
  expect(read()).toEqual(['wiped']);
});

test('what one relay alone has shown is partial when nothing more has come for a while', async () => {
  const { clock, proof, changes, goDown } = relaysNamed('healthy', 'silent', 'down');
  goDown('down');
  proof.note('silent', Shown.Emptiness);
  proof.note('healthy', Shown.Data);
  expect(proof.isSilent('silent')).toBe(true);
  await clock.advance(PATIENCE_MS - 100);
  expect(proof.completeness).toBe(ReadCompleteness.Pending);
  await clock.advance(200);
  expect(proof.completeness).toBe(ReadCompleteness.Partial);
  expect(changes.at(-1)).toBe(ReadCompleteness.Partial);
  proof.note('silent', Shown.OwnWriting);
  await clock.advance(PATIENCE_MS + 100);
  expect(proof.completeness).toBe(ReadCompleteness.Complete);
});

test('a relay that still brings page after page is waited for', async () => {
  const { clock, proof } = relaysNamed('fast', 'slow', 'c');
  proof.note('fast', Shown.Data);
  for (let page = 0; page < 5; page += 1) {
    await clock.advance(PATIENCE_MS - 100);
    proof.noteProgress();
  }
  expect(proof.completeness).toBe(ReadCompleteness.Pending);
});

test('nothing at all was read: that is never partial', async () => {
  const { clock, proof, goDown } = relaysNamed('a', 'b');
  goDown('a');
  goDown('b');
  await clock.advance(10 * PATIENCE_MS);
  expect([proof.completeness, proof.isAllAnswered]).toEqual([ReadCompleteness.Pending, true]);
});

test('all that can be read was read when every relay has answered, is down or has had its time', async () => {
  const { clock, proof, goDown } = relaysNamed('a', 'b', 'mute');
  proof.note('a', Shown.Emptiness);
  goDown('b');
  expect(proof.isAllAnswered).toBe(false);
  await clock.advance(PATIENCE_MS + 100);
  expect(proof.isAllAnswered).toBe(true);
});

test('an answer to a stranger is taken back, and a relay that has been read stays so', () => {
  const { proof, read } = relaysNamed('a', 'b');
  proof.note('a', Shown.Emptiness);
  proof.note('a', Shown.Nothing);
  expect(proof.isAllAnswered).toBe(false);
  proof.note('b', Shown.Data);
  proof.note('b', Shown.Nothing);
  expect(read()).toEqual(['b']);
});
