/**
 * Which faults are on, how they are set, and how often each has fired. Several proxies may share one.
 */
import { KitError } from '../../preset/kit-error';
import type { Fault, Settings } from './fault';
import { faultNamed } from './registry';

/** `probability` (0 to 1, default 1) of firing at each occasion, and the fault's own settings. */
export type FaultSettings = { readonly probability?: number } & { readonly [setting: string]: number | undefined };

export interface ActiveFault {
  readonly fault: Fault;
  readonly probability: number;
  readonly settings: Settings;
}

export interface Switchboard {
  /** Switches a fault on, or sets it anew. Throws KitError CHAOS_UNKNOWN_FAULT or CHAOS_BAD_SETTING. */
  on(name: string, settings?: FaultSettings): void;
  off(name: string): void;
  /** Switches every fault off. */
  heal(): void;
  readonly active: Iterable<ActiveFault>;
  /** How often a fault has fired since the beginning. */
  fired(name: string): number;
  /** Every fault that has fired: name -> how often. */
  counts(): { readonly [name: string]: number };
  count(fault: Fault): void;
  /** Called with each fault that is switched on; returns a function that ends it. */
  watch(listener: (active: ActiveFault) => void): () => void;
}

export function createSwitchboard(initial: { readonly [name: string]: FaultSettings } = {}): Switchboard {
  const active = new Map<string, ActiveFault>();
  const fired = new Map<string, number>();
  const listeners = new Set<(active: ActiveFault) => void>();

  const switchboard: Switchboard = {
    on(name, given = {}) {
      const fault = faultNamed(name);
      const { probability = 1, ...own } = given;
      const settings = { ...fault.settings };
      for (const [setting, value] of Object.entries({ ...own, probability })) {
        const isKnown = setting === 'probability' || setting in fault.settings;
        if (!isKnown || value === undefined || !Number.isFinite(value)) throw badSetting(fault, setting, value);
        if (setting !== 'probability') settings[setting] = value;
      }
      const entry = { fault, probability, settings };
      active.set(name, entry);
      for (const listener of listeners) listener(entry);
    },
    off: (name) => void active.delete(faultNamed(name).name),
    heal: () => active.clear(),
    // A copy: a hook may switch a fault.
    get active() {
      return [...active.values()];
    },
    fired: (name) => fired.get(faultNamed(name).name) ?? 0,
    counts: () => Object.fromEntries(fired),
    count: ({ name }) => void fired.set(name, (fired.get(name) ?? 0) + 1),
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  for (const [name, settings] of Object.entries(initial)) switchboard.on(name, settings);
  return switchboard;
}

function badSetting(fault: Fault, setting: string, value: unknown): KitError {
  const known = ['probability', ...Object.keys(fault.settings)].join(', ');
  return new KitError(
    'CHAOS_BAD_SETTING',
    `${fault.name} cannot have ${setting} = ${String(value)}. Its settings are numbers: ${known}.`,
  );
}
