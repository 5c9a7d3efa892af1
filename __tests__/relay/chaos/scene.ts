/** A relay, the chaos proxy in front of it with a clock that the test owns, and raw clients on both sides. */
import { startRelay } from '../../../src/relay';
import type { RelayFrame, RunningRelay } from '../../../src/relay';
import { faults, startChaosProxy } from '../../../src/relay/chaos';
import type { ChaosProxy, Clock, FaultSection, FaultSettings } from '../../../src/relay/chaos';
import { Client, author, eventually, makeEvent } from '../support';

// The machine that runs this may be busy; the tests wait for conditions, never for time.
jest.setTimeout(30_000);

export class ManualClock implements Clock {
  private nowMs = Date.now();
  private timers: { readonly atMs: number; readonly callback: () => void }[] = [];

  now(): number {
    return this.nowMs;
  }

  monotonic(): number {
    return this.nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.nowMs + delayMs, callback };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  advance(ms: number): void {
    this.nowMs += ms;
    const due = this.timers.filter((timer) => timer.atMs <= this.nowMs).sort((a, b) => a.atMs - b.atMs);
    this.timers = this.timers.filter((timer) => timer.atMs > this.nowMs);
    for (const timer of due) timer.callback();
  }
}

export interface Scene {
  readonly name: string;
  readonly relay: RunningRelay;
  readonly proxy: ChaosProxy;
  readonly clock: ManualClock;
  /** Every frame that the relay has seen or sent. */
  readonly frames: readonly RelayFrame[];
  /** Switches the fault under test on. */
  on(settings?: FaultSettings): void;
  fired(): number;
  /** Connects through the proxy. */
  connect(): Promise<Client>;
  dial(): Client;
  /** Connects to the relay itself. */
  connectDirectly(): Promise<Client>;
  relayReceived(verb: string): number;
}

export type Scenario = (scene: Scene) => Promise<void>;

/** Runs each scenario, and fails if a fault of the sections has none. */
export function describeFaults(
  sections: readonly FaultSection[],
  scenarios: { readonly [name: string]: Scenario },
): void {
  const expected = faults.filter((fault) => sections.includes(fault.section)).map((fault) => fault.name);

  describe(`faults of the ${sections.join(', ')}`, () => {
    it('have a scenario each', () => {
      expect(Object.keys(scenarios).sort()).toEqual([...expected].sort());
    });

    it.each(Object.entries(scenarios))('%s', async (name, scenario) => {
      const relay = await startRelay({ mode: 'strict' });
      const clock = new ManualClock();
      const proxy = await startChaosProxy({ target: relay.url, clock, random: () => 0.25, secretKey: author });
      const clients: Client[] = [];
      const frames: RelayFrame[] = [];
      relay.onFrame((frame) => frames.push(frame));
      const keep = (client: Client) => {
        clients.push(client);
        return client;
      };
      const scene: Scene = {
        name,
        relay,
        proxy,
        clock,
        frames,
        on: (settings) => proxy.on(name, settings),
        fired: () => proxy.fired(name),
        connect: async () => keep(await Client.connect(proxy.url)),
        dial: () => keep(Client.dial(proxy.url)),
        connectDirectly: async () => keep(await Client.connect(relay.url)),
        relayReceived: (verb) =>
          frames.filter(({ direction, text }) => direction === 'in' && text.startsWith(`["${verb}"`)).length,
      };
      try {
        await scenario(scene);
        expect(scene.fired()).toBeGreaterThan(0);

        proxy.heal();
        const fired = scene.fired();
        const healed = await scene.connect();
        const event = makeEvent({ kind: 1, tags: [], content: 'healed' });
        expect(await healed.publish(event)).toEqual([true, '']);
        expect(await healed.read('healed', { ids: [event.id] })).toEqual([event]);
        expect(scene.fired()).toBe(fired);
      } finally {
        for (const client of clients) client.close();
        await proxy.stop();
        await relay.stop();
      }
    });
  });
}

/** Proof that something does not come: everything that was on its way on other connections has arrived by now. */
export async function otherTraffic({ connectDirectly }: Scene): Promise<void> {
  const client = await connectDirectly();
  await client.settle();
  await client.settle();
}

export async function untilFired(scene: Scene, times = 1): Promise<void> {
  await eventually(() => scene.fired() >= times, `${scene.name} to fire`);
}
