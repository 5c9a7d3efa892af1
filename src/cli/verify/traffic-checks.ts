/** What went over the wire while the other checks ran. */
import { failed, type VerifyCheck } from './check';
import { flawOfEvent, formsOf, unevenness } from './envelope';

export const wire: VerifyCheck = {
  id: 'wire',
  title: 'Only ciphertext goes over the wire',
  async run({ frames, typed }) {
    const forms = typed.flatMap(formsOf);
    const leak = frames.find(({ text }) => forms.some((form) => text.includes(form)));
    if (leak !== undefined)
      return failed(
        `A frame ${leak.isFromApp ? 'to' : 'from'} a relay holds what was typed: ${leak.text.slice(0, 60)}...`,
      );
    const strange = frames.filter(
      ({ text, isFromApp }) => isFromApp && !/^\["(EVENT|REQ|CLOSE|AUTH|COUNT|NEG-)/.test(text),
    );
    if (strange.length > 0)
      return failed(`The app sends what is no message to a relay: ${strange[0]?.text.slice(0, 60)}`);
    const sent = frames.filter(({ text, isFromApp }) => isFromApp && text.startsWith('["EVENT"')).length;
    if (sent === 0) return failed('No event was sent, so nothing could be looked at.');
    return {
      passed: true,
      says: `${frames.length} frames were searched for ${typed.length} texts in ${forms.length} forms.`,
      figures: { frames: frames.length, eventsSent: sent, texts: typed.length },
    };
  },
};

export const sealed: VerifyCheck = {
  id: 'sealed',
  title: 'Kind 30078 holds only ciphertext',
  async run({ frames }) {
    const events = frames.flatMap(({ text, isFromApp }) =>
      isFromApp && text.startsWith('["EVENT"') ? [eventOf(text)] : [],
    );
    const flaws = events.flatMap((event) => flawOfEvent(event) ?? []);
    if (flaws[0] !== undefined)
      return {
        passed: false,
        says: `An event has ${flaws[0]}.`,
        figures: { events: events.length, flaws: flaws.length },
      };
    // One event goes to several relays; counted more than once, even noise looks uneven.
    const contents = new Set(events.map((event) => (event as { readonly content: string }).content));
    const sealedBytes = Buffer.concat([...contents].map((content) => Buffer.from(content, 'base64').subarray(13)));
    const chiSquared = Math.round(unevenness(sealedBytes));
    if (events.length === 0) return failed('No event was sent.');
    // Ciphertext stays below 400 in all but one of 10^8 runs; text and deflated text are far above.
    return {
      passed: chiSquared < 400,
      says:
        chiSquared < 400
          ? 'Every event is one opaque address and one sealed, padded envelope, as even as noise.'
          : 'The content of the events is not as even as ciphertext is.',
      figures: { events: events.length, chiSquared },
    };
  },
};

function eventOf(frame: string): unknown {
  try {
    return (JSON.parse(frame) as unknown[])[1];
  } catch {
    return null;
  }
}
