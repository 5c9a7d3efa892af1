import { addressOf } from '../event';
import type { NostrEvent } from '../event';
import type { Memory } from './fault';

const maxVersions = 50;

export interface RecordingMemory extends Memory {
  published(event: NostrEvent, atMs: number): void;
  served(event: NostrEvent): void;
}

/** Remembers what passes, so that faults can bring the past back. */
export function createMemory(): RecordingMemory {
  const versions = new Map<string, NostrEvent[]>();
  const publishedAtMs = new Map<string, number>();

  function remember(event: NostrEvent): void {
    const address = addressOf(event);
    if (address === undefined) return;
    const known = versions.get(address) ?? [];
    versions.set(address, known);
    if (known.some(({ id }) => id === event.id)) return;
    known.push(event);
    known.sort((a, b) => a.created_at - b.created_at);
    if (known.length > maxVersions) known.splice(1, 1);
  }

  return {
    versionsOf: (event) => versions.get(addressOf(event) ?? '') ?? [],
    allVersions: () => versions.values(),
    publishedAtMs: (id) => publishedAtMs.get(id),
    published(event, atMs) {
      remember(event);
      publishedAtMs.set(event.id, atMs);
    },
    served: remember,
  };
}
