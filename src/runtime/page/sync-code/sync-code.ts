/**
 * The identity of an app without users: a code that the first device makes when its user shares, and that other devices join by. Until then the app is a
 * guest's. The browser keeps it in IndexedDB; the tabs of an app agree about it.
 */
import { ErrorCode } from '../../core/errors';
import type { SyncError } from '../../core/errors';
import { newCode, readCode } from './code';
import { codeIn, linkOf, onArrival } from './link';
import { readCodes, updateCodes, withCode } from './store';
import type { StoredCodes } from './store';

/** How an app has its code. */
export interface SyncCodeOptions {
  /** Tells apps apart that share an origin: the `appId` of config.json. Without it all apps of the origin have one code. */
  readonly appId?: string;
  /** The page that a link opens, absolute or relative to the page. Without it the page that makes the link, without its query. */
  readonly appUrl?: string;
  /**
   * Asked before a link of the address is joined, by an app in which a guest writes what no stranger may be handed by one click. False forgets the link.
   * Without it a link joins at once; `join` never asks.
   */
  readonly confirmLink?: () => boolean | Promise<boolean>;
}

/** What another device joins by. */
export interface SharedCode {
  /** Seven groups of four letters and digits, to be read out or typed. */
  readonly code: string;
  /** The address of the app with the code behind `#`. */
  readonly link: string;
}

/** What is true of the code now. The same object as long as it is. */
export interface SyncCodeState {
  /** For `SyncProvider` or `SyncEngine.open`: undefined until it is read, null for a guest, who has shared with nobody. */
  readonly identity: readonly [string] | null | undefined;
  readonly code: string | null;
  readonly link: string | null;
  /** The codes that this device had before, newest first: `join` goes back to one of them, where its documents are. */
  readonly former: readonly string[];
  /** What went wrong last: SYNC_CODE_INVALID or a code of the storage. As long as `identity` is undefined, the code could not be read. */
  readonly problem: SyncError | undefined;
}

/** The code of an app in this browser. What its calls reject with is in `state.problem`, too: a promise that nobody waits for is no unhandled rejection. */
export interface SyncCode {
  /** Nothing is known while nobody is subscribed. */
  readonly state: SyncCodeState;
  /** Calls back after each change of `state`. As long as somebody is subscribed, the browser's storage is read, and links and other tabs are heard. */
  subscribe(changed: () => void): () => void;
  /**
   * Makes the code if there is none, and resolves when it is stored. What was written as a guest becomes the code's, where `adoptGuest` says so.
   * @throws SyncError STORAGE_BLOCKED, STORAGE_FULL, STORAGE_NEWER or STORAGE_FAILED.
   */
  share(): Promise<SharedCode>;
  /**
   * Takes the place of the present code, which is then the first of `former`: its documents stay on this device, apart. It asks nothing.
   * @param codeOrLink as a person types it, or a link.
   * @throws SyncError as `share`, and SYNC_CODE_INVALID: nothing has changed then.
   */
  join(codeOrLink: string): Promise<void>;
  /**
   * From here on the device is a guest's, and the next `share` makes another code. That of before is the first of `former`; its documents stay on this device.
   * @throws SyncError as `share`.
   */
  leave(): Promise<void>;
  /**
   * As `leave`, and this browser forgets every code that it had: nobody gets at the documents on the relays from here. Those in its storage stay until the
   * site's data is cleared, and whoever joins by the code again finds them.
   * @throws SyncError as `share`.
   */
  forget(): Promise<void>;
}

/** Before anything was read, and on a server. */
export const unknownCode: SyncCodeState = {
  identity: undefined,
  code: null,
  link: null,
  former: [],
  problem: undefined,
};

/**
 * One for a page; `useSyncCode` is this for React. Does nothing until somebody subscribes, so it may be made on a server.
 * @example
 * export const syncCode = createSyncCode({ appId: config.appId });
 * syncCode.subscribe(() => openFor(syncCode.state.identity));
 */
export function createSyncCode({ appId, appUrl, confirmLink }: SyncCodeOptions = {}): SyncCode {
  const name = ['zero-backend-sync', 'sync-code', appId].filter(Boolean).join('/');
  const listeners = new Set<() => void>();
  let state = unknownCode;
  let last: Promise<unknown> = Promise.resolve();
  let channel: BroadcastChannel | undefined;
  let stopListening: (() => void) | undefined;

  /** One after the other, so that what is shown is what was stored last. */
  function inTurn(run: () => Promise<StoredCodes>, keepsProblem: boolean): Promise<StoredCodes> {
    const result = last.then(run).then(
      (codes) => {
        show(codes, keepsProblem ? state.problem : undefined);
        return codes;
      },
      (problem: SyncError) => {
        setState({ ...state, problem });
        throw problem;
      },
    );
    last = result.catch(() => {});
    return result;
  }

  function read(): void {
    const isMistyped = state.problem?.code === ErrorCode.SyncCodeInvalid;
    inTurn(() => readCodes(name), isMistyped).catch(() => {});
  }

  async function change(update: (codes: StoredCodes) => StoredCodes): Promise<StoredCodes> {
    const after = await inTurn(() => updateCodes(name, update), false);
    const tabs = channel ?? openChannel(name);
    tabs?.postMessage(null);
    if (tabs !== channel) tabs?.close();
    return after;
  }

  function show({ code, former }: StoredCodes, problem: SyncError | undefined): void {
    const isSame = state.identity !== undefined && code === state.code;
    const identity = isSame ? state.identity : code === null ? null : ([code] as const);
    if (isSame && problem === state.problem && String(former) === String(state.former)) return;
    setState({ identity, code, link: code === null ? null : linkOf(code, appUrl), former, problem });
  }

  function setState(next: SyncCodeState): void {
    // Without subscribers nothing is heard of other tabs, and what was known before would be another identity later.
    if (!stopListening) return;
    state = next;
    for (const listener of listeners) listener();
  }

  function listen(): void {
    channel = openChannel(name);
    if (channel) channel.onmessage = read;
    // A page that was suspended has missed the messages.
    const readIfVisible = () => {
      if (document.visibilityState === 'visible') read();
    };
    document.addEventListener('visibilitychange', readIfVisible);
    let stopArrivals = () => {};
    stopListening = () => {
      channel?.close();
      channel = undefined;
      document.removeEventListener('visibilitychange', readIfVisible);
      stopArrivals();
    };
    stopArrivals = onArrival((code) => void joinByLink(code).catch(() => {}));
    read();
  }

  /** Not `async`: what joins at once is stored before anything is read. */
  function joinByLink(code: string): Promise<void> {
    if (!confirmLink) return join(code);
    return Promise.resolve()
      .then(confirmLink)
      .then((isConfirmed) => (isConfirmed ? join(code) : undefined));
  }

  async function join(codeOrLink: string): Promise<void> {
    let next: string;
    try {
      next = readCode(codeIn(codeOrLink));
    } catch (error) {
      setState({ ...state, problem: error as SyncError });
      throw error;
    }
    await change((codes) => withCode(codes, next));
  }

  async function share(): Promise<SharedCode> {
    const { code } = await change((codes) => (codes.code === null ? { ...codes, code: newCode() } : codes));
    return { code: code!, link: linkOf(code!, appUrl) };
  }

  return {
    get state() {
      return state;
    },
    subscribe(changed) {
      // Each subscription has a function of its own, also where two give the same one.
      const listener = () => changed();
      listeners.add(listener);
      if (!stopListening) listen();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        stopListening?.();
        stopListening = undefined;
        state = unknownCode;
      };
    },
    share: () => handled(share()),
    join: (codeOrLink) => handled(join(codeOrLink)),
    leave: () => handled(change((codes) => withCode(codes, null)).then(() => {})),
    forget: () => handled(change((codes) => ({ ...codes, code: null, former: [] })).then(() => {})),
  };
}

/** What fails is in the state, too: whoever does not wait for the promise has no unhandled rejection. */
function handled<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => {});
  return promise;
}

/** None in Jest's jsdom: there is one tab. */
function openChannel(name: string): BroadcastChannel | undefined {
  if (typeof BroadcastChannel === 'undefined') return undefined;
  const channel = new BroadcastChannel(name);
  // Node's own, where an app's tests run, would keep the process alive.
  (channel as { unref?: () => void }).unref?.();
  return channel;
}
