/** Where a piece of an app's state hangs: a slice, or a store as a whole. */
import type { NodePath } from '@babel/traverse';
import type { ExportedStore } from './exported-stores';
import type { Module } from './modules';
import type { StatePlace } from './state-shape';

/** A slice, or the whole state of a store that has no slices. */
export interface StateRoot {
  readonly store: ExportedStore;
  readonly path: NodePath;
  readonly module: Module;
  readonly place: StatePlace;
  /** The key of the slice; `null` for the state itself. */
  readonly key: string | null;
  readonly name: string;
  /** Whether a middleware of the store keeps it on the device. */
  readonly isKept: boolean;
}

/** `useTodosStore` -> `todos`. */
export function nameOfStore(hook: string): string {
  const name = hook.replace(/^use(?=[A-Z])/, '').replace(/Store$/, '');
  return name.charAt(0).toLowerCase() + name.slice(1) || 'state';
}
