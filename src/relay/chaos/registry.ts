/**
 * Every fault that the chaos proxy can inject. docs/chaos.md lists them; a test holds the two together.
 */
import { KitError } from '../../preset/kit-error';
import type { Fault } from './fault';
import { accessFaults } from './faults/access';
import { clientFaults, clockFaults } from './faults/device';
import { floodFaults } from './faults/floods';
import { forgeryFaults } from './faults/forgery';
import { nip11Faults } from './faults/nip11';
import { readPathFaults } from './faults/read-path';
import { stateFaults } from './faults/state';
import { tarPitFaults } from './faults/tar-pits';
import { transportFaults } from './faults/transport';
import { viewFaults } from './faults/views';
import { writePathFaults } from './faults/write-path';

export const faults: readonly Fault[] = [
  ...transportFaults,
  ...writePathFaults,
  ...readPathFaults,
  ...forgeryFaults,
  ...stateFaults,
  ...accessFaults,
  ...tarPitFaults,
  ...floodFaults,
  ...nip11Faults,
  ...viewFaults,
  ...clockFaults,
  ...clientFaults,
];

const faultsByName = new Map(faults.map((fault) => [fault.name, fault]));

/** Throws KitError CHAOS_UNKNOWN_FAULT. */
export function faultNamed(name: string): Fault {
  const fault = faultsByName.get(name);
  if (fault) return fault;
  throw new KitError(
    'CHAOS_UNKNOWN_FAULT',
    `There is no fault named ${JSON.stringify(name)}. There are: ${[...faultsByName.keys()].join(', ')}.`,
  );
}
