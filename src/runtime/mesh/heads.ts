/** What every relay ought to hold: the newest version at each address, and the addresses that this device writes. */
import type { Head } from '../contracts/mesh';
import { isNewer } from '../contracts/version-order';
import type { OfferedHead } from './session/delivery-queue';

export type Heads = ReturnType<typeof createHeads>;

export function createHeads() {
  const byAddress = new Map<string, OfferedHead>();
  const ownAddresses = new Set<string>();
  let given: readonly string[] = [];
  let offers = 0;

  return {
    byAddress: byAddress as ReadonlyMap<string, OfferedHead>,
    ownAddresses: ownAddresses as ReadonlySet<string>,
    /** Returns false for one that is older than what is known. */
    offer(head: Head): boolean {
      const { d } = head.version;
      const known = byAddress.get(d)?.head;
      if (known && isNewer(known.version, head.version)) return false;
      byAddress.set(d, { head, offered: ++offers });
      if (head.own) ownAddresses.add(d);
      return true;
    },
    withdraw(d: string): void {
      byAddress.delete(d);
      ownAddresses.delete(d);
    },
    setOwnAddresses(addresses: readonly string[]): void {
      for (const d of given) ownAddresses.delete(d);
      for (const d of addresses) ownAddresses.add(d);
      given = addresses;
    },
  };
}
