/** The faults of docs/chaos.md that a browser is tried with, and what must become of the relay. */
import type { Fault } from './trial';

export const tarPits: readonly Fault[] = ['tar-pit', 'tar-pit-probes', 'tar-pit-live', 'tar-pit-drip'].map((name) => ({
  name,
}));

/** Each costs the relay its place. */
export const floods: readonly Fault[] = [
  'notice-flood',
  'tiny-event-flood',
  'junk-flood',
  'spoilt-signature-flood',
  'deflate-bomb-frame',
].map((name) => ({ name }));

/** What is under a valid signature of the user is never held against the relay. */
export const bomb: Fault = { name: 'deflate-bomb' };

/** The document is asked for when a device connects for the first time. Only limits that are too small for any use cost the relay its place. */
export const lies: readonly Fault[] = [
  'nip11-tiny-limits',
  'nip11-huge-limits',
  'nip11-wrong-types',
  'nip11-endless',
  'nip11-redirect',
  'nip11-redirect-loop',
].map((name) => ({ name, fromTheStart: true }));
export const isNarrow = ({ name }: Fault): boolean => name === 'nip11-tiny-limits';

/** Relays that are strict, poor or polite, and keep their place. */
export const honest: readonly Fault[] = [
  { name: 'restricted-strfry', fromTheStart: true },
  { name: 'restricted-nostream', fromTheStart: true },
  { name: 'session-expires', switches: { 'session-expires': { sessionSeconds: 5 } }, fromTheStart: true },
  { name: 'empty', switches: {}, isEmpty: true },
  { name: 'rate-per-key', fromTheStart: true },
  { name: 'rate-loose', fromTheStart: true },
  { name: 'notice-greeting', fromTheStart: true },
];
