/** Maintenance over the modules around the own slots, with two relays that are connected and were read completely. */
import appConfig from '../../../../src/lib/config.json';
import defaults from '../../../../src/runtime/core/defaults.json';
import { Tier } from '../../../../src/runtime/contracts/slot';
import type { DeviceAbout, ManifestPayload, SlotVersion } from '../../../../src/runtime/contracts/slot';
import type { Vault } from '../../../../src/runtime/contracts/vault';
import type { Mesh, MeshProof } from '../../../../src/runtime/contracts/mesh';
import type { OwnSlot } from '../../../../src/runtime/replica/slots/own-slots';
import { replicaSettings } from '../../../../src/runtime/core/config';
import type { ContentDocument } from '../../../../src/runtime/replica/slots/slot-content';
import { createStoredOn } from '../../../../src/runtime/replica/durability';
import { createMaintenance } from '../../../../src/runtime/replica/maintenance/maintenance';
import type { MaintenanceOptions } from '../../../../src/runtime/replica/maintenance/maintenance';
import { ReadCompleteness } from '../../../../src/runtime/core/status';
import type { Sealed } from '../../../../simulation/stand-in-vault';
import { createReconcilingModules, GREATER, idsIn, leaf, noteOf, OWN } from '../slot-modules';

const config = { ...appConfig, ...defaults };

const RELAYS: readonly string[] = ['wss://one.test', 'wss://two.test'];
export const settings = replicaSettings({ ...config, relays: RELAYS });
const { idleMs, auditGapMs } = settings;

export const mine = noteOf('x', { '/title': leaf(1, 'my title') });
export const theirs = noteOf('y', { '/title': leaf(1, 'their title', GREATER) });

export const about: DeviceAbout = {
  relays: RELAYS,
  day: undefined,
  label: 'a laptop',
  kit: '0.1.0',
  schema: '0123456789abcdef',
};

interface SetUp {
  /** As they are now on this device. */
  readonly documents?: readonly ContentDocument[];
  /** Manifests of other devices. */
  readonly manifests?: readonly Partial<SlotVersion>[];
  readonly random?: number;
  readonly isStopped?: () => boolean;
  readonly vault?: Partial<Vault>;
}

/** Time passes in `clock.advance` only. */
export function createMaintenanceModules({ documents, manifests = [], random = 0.5, isStopped, vault }: SetUp = {}) {
  const modules = createReconcilingModules(documents, isStopped, () => vault ?? {});
  const { clock, ownSlots, seals, offered } = modules;
  const storedOn = createStoredOn();
  const completeReads = new Set<string>(RELAYS);
  const mesh = {
    readyRelays: 2,
    proof: { completeness: ReadCompleteness.Complete, awaited: [] as readonly string[] } as MeshProof,
    readAll: jest.fn(async () => {}),
  };
  const reconcile = jest.fn(modules.reconcile);
  const correctSlots = jest.fn();
  const failures: unknown[] = [];
  const device = { about };
  const maintenance = createMaintenance({
    ...modules,
    ...{ settings, reconcile, storedOn, completeReads, correctSlots },
    about: async () => device.about,
    mayPublish: () => mesh.readyRelays > 0,
    mesh: mesh as unknown as Mesh,
    inbound: { manifests: () => manifests.map((version) => ({ version })) } as unknown as MaintenanceOptions['inbound'],
    random: () => random,
    isOwn: (stamp) => stamp.endsWith(OWN.slice(0, 16)),
    runSerially: (work) => work(),
    onFailed: (error) => failures.push(error),
  });

  /** Maintenance as after an edit: when the device has been idle for long enough. */
  async function maintain(): Promise<void> {
    maintenance.scheduleMaintenance();
    await clock.advance(idleMs);
  }

  async function audit(): Promise<void> {
    maintenance.scheduleAudit();
    await clock.advance(auditGapMs);
  }

  /** The newest version of a slot is read back from both relays. */
  async function readBack(slot: OwnSlot): Promise<void> {
    for (const url of RELAYS) storedOn.note(slot.version!, url);
    await modules.readBack(slot);
  }

  /** An edit whose slot is read back. */
  async function writeDurable(...edits: readonly ContentDocument[]): Promise<OwnSlot> {
    const slot = await modules.writeDelta(...edits);
    await readBack(slot);
    return slot;
  }

  async function readBackAll(): Promise<void> {
    for (const slot of ownSlots.all()) if (slot.version) await readBack(slot);
  }

  /** A slot of another device that is stored on so many of the relays. */
  async function receiveStored(sealed: Sealed, relayCount = RELAYS.length): Promise<void> {
    await modules.receive(sealed);
    for (const url of RELAYS.slice(0, relayCount)) storedOn.note(sealed.version, url);
  }

  const manifestsOf = () =>
    offered.map(({ event }) => seals.of(event)?.payload).filter((payload) => payload?.tier === Tier.Manifest);
  const publishedIds = async () => idsIn(await modules.published());

  return {
    ...{ ...modules, maintenance, mesh, completeReads, reconcile, correctSlots, failures, device },
    ...{ maintain, audit, readBack, writeDurable, readBackAll, receiveStored, publishedIds },
    /** Those that this device has published, oldest first. */
    manifests: manifestsOf as () => readonly ManifestPayload[],
  };
}

export type MaintenanceModules = ReturnType<typeof createMaintenanceModules>;
