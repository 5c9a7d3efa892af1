/** What went over the wire while the other checks ran. */
import { failed, passed, type VerifyCheck } from './check';
import { isEventOfApp, whyNothingWasSent } from './diagnosis';
import { flawOfEvent, formsOf, unevenness } from './envelope';
import { VerifyCode } from './failure';
import { plainText } from './plain-text';

export const wire: VerifyCheck = {
  id: 'wire',
  title: 'Only ciphertext goes over the wire',
  needs: 'records',
  async run(testBed) {
    const { frames, typed } = testBed;
    const forms = typed.flatMap(formsOf);
    const leak = frames.find(({ text }) => forms.some((form) => text.includes(form)));
    if (leak !== undefined)
      return failed(
        VerifyCode.PlaintextOnWire,
        `A frame ${leak.isFromApp ? 'to' : 'from'} a relay holds what was typed: ${plainText(leak.text, 60)}`,
      );
    const strange = frames.filter(
      ({ text, isFromApp }) => isFromApp && !/^\["(EVENT|REQ|CLOSE|AUTH|COUNT|NEG-)/.test(text),
    );
    if (strange.length > 0)
      return failed(
        VerifyCode.StrangeFrame,
        `The app sends what is no message to a relay: ${plainText(strange[0]?.text ?? '', 60)}`,
      );
    const sent = frames.filter(isEventOfApp).length;
    if (sent === 0) return whyNothingWasSent(testBed);
    return passed(`${frames.length} frames were searched for ${typed.length} texts in ${forms.length} forms.`, {
      frames: frames.length,
      eventsSent: sent,
      texts: typed.length,
    });
  },
};

export const sealed: VerifyCheck = {
  id: 'sealed',
  title: 'Kind 30078 holds only ciphertext',
  needs: 'records',
  async run(testBed) {
    const events = testBed.frames.filter(isEventOfApp).map(({ text }) => eventOf(text));
    if (events.length === 0) return whyNothingWasSent(testBed);
    const flaws = events.flatMap((event) => flawOfEvent(event) ?? []);
    if (flaws[0] !== undefined)
      return failed(VerifyCode.EventNotSealed, `An event has ${flaws[0]}.`, {
        events: events.length,
        flaws: flaws.length,
      });
    // One event goes to several relays; counted more than once, even noise looks uneven.
    const contents = new Set(events.map((event) => (event as { readonly content: string }).content));
    const sealedBytes = Buffer.concat([...contents].map((content) => Buffer.from(content, 'base64').subarray(13)));
    const chiSquared = Math.round(unevenness(sealedBytes));
    const figures = { events: events.length, chiSquared };
    // Ciphertext stays below 400 in all but one of 10^8 runs; text and deflated text are far above.
    return chiSquared < 400
      ? passed('Every event is one opaque address and one sealed, padded envelope, as even as noise.', figures)
      : failed(VerifyCode.EventNotSealed, 'The content of the events is not as even as ciphertext is.', figures);
  },
};

function eventOf(frame: string): unknown {
  try {
    return (JSON.parse(frame) as unknown[])[1];
  } catch {
    return null;
  }
}
