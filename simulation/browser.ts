/** A browser of the simulated user: a disk, and some tabs on it. */
import type { LedgerChange } from '../src/runtime/persistence/ledger';
import type { StampsByDocument } from '../src/runtime/replica/slots/waiting';
import type { ReplicaSettings } from '../src/runtime/core/config';
import type { Row } from '../src/runtime/storage/rxdb/stamping-storage';
import type { TabMessage } from '../src/runtime/contracts/tabs';
import type { App } from './app/app';
import { Broadcast, LockManager } from './browser-apis';
import type { AppVersion } from './collections';
import { emptyDisk } from './disk';
import type { Commit, Disk } from './disk';
import type { Dice } from './random';
import type { SimulatedRelay } from './relay';
import type { Seals } from './stand-in-vault';
import { Tab } from './tab';
import type { Timeline } from './timeline';

/** A commit may land when its tab has ended and the browser has another list already. */
export interface CommittingTab {
  readonly tabId: string;
  readonly list: readonly SimulatedRelay[];
}

export interface BrowserOptions {
  readonly name: string;
  readonly timeline: Timeline;
  readonly dice: Dice;
  readonly relays: readonly SimulatedRelay[];
  /** Those of them that the first release of the app names. */
  readonly list: readonly SimulatedRelay[];
  readonly seals: Seals;
  /** Of the secret that its user types while he mistypes it. */
  readonly mistypedSeals: Seals;
  readonly settings: ReplicaSettings;
  readonly app: App;
  readonly disk?: Disk;
  readonly version: AppVersion;
  readonly onCommit: (browser: Browser, commit: Commit) => void;
  readonly onDurable: (browser: Browser, stamps: StampsByDocument) => void;
  /** The browser says that it has read these relays, and everything that they held at these times, by their addresses. */
  readonly onRead: (browser: Browser, readAt: ReadonlyMap<string, number>) => void;
  /** What a tab says. */
  readonly onStatus: (browser: Browser, tab: Tab) => void;
  readonly onLedgerCommit: (browser: Browser, changes: readonly LedgerChange[], by: CommittingTab) => void;
}

export class Browser {
  readonly name: string;
  readonly locks: LockManager;
  readonly broadcast: Broadcast<TabMessage>;
  readonly announcements: Broadcast<readonly [collection: string, bulk: never]>;
  readonly unreachable = new Set<string>();
  tabs: Tab[] = [];
  disk: Disk;
  /** Of the app that its next tabs run. */
  version: AppVersion;
  /** The relays that its next tabs have as their list. */
  list: readonly SimulatedRelay[];
  skewMs = 0;
  isDead = false;
  /** Its next tabs are opened with a mistyped secret. */
  isMistyped = false;
  /**
   * There is or was another copy of the disk, an older one came back, or a worker died between sending and recording: then what it had sent may come
   * later, by way of a device that had seen it, and is taken for a clone's.
   */
  mayTakeOtherId = false;
  #tabs = 0;

  constructor(readonly options: BrowserOptions) {
    this.name = options.name;
    this.disk = options.disk ?? emptyDisk();
    this.version = options.version;
    this.list = options.list;
    this.locks = new LockManager(options.timeline);
    this.broadcast = new Broadcast(options.timeline);
    this.announcements = new Broadcast(options.timeline);
  }

  get isRunning(): boolean {
    return this.tabs.length > 0;
  }

  /** The tab whose worker holds the lock. */
  get holder(): Tab | undefined {
    const process = this.locks.holderOf(`${this.name}/writer`);
    return this.tabs.find((tab) => tab.process === process);
  }

  async openTab(): Promise<Tab> {
    const tab = new Tab(this, `${this.name}.${++this.#tabs}`);
    this.tabs.push(tab);
    await tab.open();
    return tab;
  }

  killTab(tab: Tab): void {
    tab.process.kill();
    this.tabs = this.tabs.filter((other) => other !== tab);
  }

  die(): void {
    for (const tab of [...this.tabs]) this.killTab(tab);
    this.isDead = true;
  }

  registers(): ReadonlyMap<string, ReadonlyMap<string, Row>> {
    return this.disk.documents;
  }
}
