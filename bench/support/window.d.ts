import type { SyncEngine } from '../../src/lib/engine';
import type { Item } from '../app/schema';
import type { Observable } from 'rxjs';

/** The engine of the bench app, whose collections are those of bench/app/schema.ts. */
export interface BenchEngine extends Omit<SyncEngine, 'db' | 'patch'> {
  readonly db: { readonly items: BenchCollection };
  patch(collection: 'items', id: string, partial: Partial<Item>): Promise<unknown>;
}

export interface BenchCollection {
  find(query?: unknown): { readonly $: Observable<readonly Item[]>; exec(): Promise<readonly Item[]> };
  findOne(id: string): { readonly $: Observable<Item | null>; exec(): Promise<Item | null> };
  count(): { exec(): Promise<number> };
  insert(item: Item): Promise<unknown>;
  bulkInsert(items: readonly Item[]): Promise<unknown>;
}

declare global {
  interface Window {
    engine: BenchEngine;
    openEngine(): Promise<BenchEngine>;
    measureOptimisticWrites(writes: number): Promise<number[]>;
    floorEdit(edit: number): void;
    floorArrival(edit: string): Promise<number>;
    titleSeen(title: string): Promise<number>;
  }
}
