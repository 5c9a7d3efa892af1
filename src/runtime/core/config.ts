/** What config.json may say. Strict, because a typing error in it would otherwise show up as data that never syncs. */
import defaults from './defaults.json';
import { durableRelayCount } from './durability';
import { ErrorCode, SyncError } from './errors';
import { addressOf, isProtected, parseRelayUrl } from './relay-address';

export interface SaltReference {
  readonly id: string;
  /** Name of the environment variable that holds the salt when the app is built. */
  readonly env: string;
  /** 16 hex digits: the first 8 bytes of a hash of the salt (docs/protocol.md, section 1). */
  readonly fingerprint: string;
}

/** Allowed range of each tuning number, by section. Each has its value in defaults.json, and config.json may override it by name. */
const ranges = {
  connection: {
    connectTimeoutMs: [100, 60_000],
    backOffMinMs: [10, 10_000],
    backOffMaxMs: [100, 600_000],
    attemptsPerWindow: [1, 20],
    attemptWindowMs: [1_000, 600_000],
    answerTimeoutMs: [500, 120_000],
    challengeWaitMs: [0, 10_000],
    silenceMs: [5_000, 3_600_000],
    probeTimeoutMs: [200, 60_000],
    kickProbeTimeoutMs: [200, 60_000],
    /** After so long a silence of all relays one of them is asked whether the network is there, and for so long an answer is waited for. */
    heartbeatMs: [500, 3_600_000],
    heartbeatTimeoutMs: [500, 60_000],
    /** Of the slowest line on which a device does not count as cut off while something is on its way. */
    slowBytesPerSecond: [1_000, 1_000_000],
    resubscribeMinMs: [50, 60_000],
    resubscribeMaxMs: [1_000, 3_600_000],
    maxFrameBytes: [65_536, 8_388_608],
  },
  publishing: {
    burst: [1, 100],
    perSecond: [0.1, 100],
    maxPerSecond: [0.1, 100],
    minPerMinute: [1, 600],
    raisePerWrite: [0, 10],
    maxInFlight: [1, 100],
    retryMinMs: [100, 60_000],
    retryMaxMs: [1_000, 3_600_000],
    readBackDelayMs: [0, 10_000],
    readBackIntervalMs: [100, 60_000],
    maxEventBytes: [16_384, 1_048_576],
    minEventBytes: [1_024, 65_536],
  },
  reading: {
    pageLimit: [10, 5_000],
    maxPages: [10, 100_000],
    addressesPerRequest: [1, 500],
    liveLimit: [1, 500],
    concurrentReads: [1, 20],
    triesPerRead: [1, 20],
    manifestIntervalMs: [10_000, 86_400_000],
    /** For so long a relay that answered, and showed nothing, may be one of those that are slow to show. */
    patienceMs: [1_000, 600_000],
    fullReadAfterMs: [60_000, 604_800_000],
    repairDelayMs: [0, 3_600_000],
    repairJitterMs: [0, 3_600_000],
    rememberedEvents: [100, 1_000_000],
  },
  /** What a relay may send (docs/relays.md, section 5). Pairs are a burst and what comes back of it in a second. */
  inbound: {
    askedEventBytes: [16_384, 1_048_576],
    liveEvents: [100, 1_000_000],
    liveEventsPerSecond: [10, 100_000],
    liveBytes: [1_048_576, 1_073_741_824],
    liveBytesPerSecond: [65_536, 1_073_741_824],
    strayFrames: [50, 1_000_000],
    strayFramesPerSecond: [5, 100_000],
    strayBytes: [1_048_576, 1_073_741_824],
    strayBytesPerSecond: [16_384, 1_073_741_824],
    signatureChecks: [10, 10_000],
    signatureChecksPerSecond: [5, 10_000],
    misdeeds: [1, 1_000_000],
    misdeedsForgivenPerHour: [1, 1_000_000],
    /** A relay that was too much is connected to again after so long, if it is still to be used. */
    suspendedMs: [1_000, 86_400_000],
  },
  replica: {
    /** Padded size of a full page; docs/protocol.md, section 2, allows no more. */
    pageBytes: [4_096, 32_768],
    shortestFlushMs: [0, 60_000],
    /** Maintenance starts when nothing was flushed for so long. */
    idleMs: [100, 3_600_000],
    manifestIntervalMs: [60_000, 86_400_000],
    /** What another device wrote and no relay holds any more is adopted when it is still missing after so long. */
    adoptAfterMs: [60_000, 2_592_000_000],
    auditIntervalMs: [60_000, 2_592_000_000],
    /** Between two audits that something gives rise to. */
    auditGapMs: [1_000, 86_400_000],
    /** Until a writer that storage has failed is followed by another; twice as long each time. */
    restartMinMs: [100, 600_000],
    restartMaxMs: [1_000, 3_600_000],
    /** A tab that does not sync asks the one that does for a sign of life, and after such a silence takes over. */
    holderPingMs: [50, 60_000],
    holderSilenceMs: [200, 600_000],
  },
  demotion: {
    lies: [1, 100],
    refusedMs: [60_000, 2_592_000_000],
    unreachableAfterMs: [1_000, 3_600_000],
    /** A relay that is connected and of no use loses its place after so long. */
    uselessAfterMs: [1_000, 3_600_000],
    unreachableMs: [10_000, 86_400_000],
    graceMs: [0, 600_000],
  },
} as const;

type Ranges = typeof ranges;
type Numbers<Section> = { readonly [Name in keyof Section]: number };

export type ConnectionConfig = Numbers<Ranges['connection']>;
export type PublishingConfig = Numbers<Ranges['publishing']>;
export type ReadingConfig = Numbers<Ranges['reading']>;
export type InboundConfig = Numbers<Ranges['inbound']>;
export type ReplicaConfig = Numbers<Ranges['replica']>;
export type DemotionConfig = Numbers<Ranges['demotion']>;

export interface SyncConfig {
  /** Package name, a slash and 16 hex digits; part of the key derivation, never to be changed. */
  readonly appId: string;
  readonly kind: number;
  readonly salts: readonly [SaltReference];
  readonly iterations: number;
  /** Candidates in the order in which they are tried; empty: local only. */
  readonly relays: readonly string[];
  /** How many of them are in use at once. */
  readonly activeRelays: number;
  /** Relays of the lists of earlier releases, which devices with such a release still use. None of them is in `relays`. */
  readonly formerRelays: readonly string[];
  /** Address of a JSON file of the app's own origin that lists the relays; it takes the place of `relays` without a release. */
  readonly relaysUrl: string | undefined;
  /** Wall-clock time (ms) of the date in the file, at midnight UTC: no stamp is older, however wrong a device's clock. */
  readonly notBeforeMs: number;
  readonly connection: ConnectionConfig;
  readonly publishing: PublishingConfig;
  readonly reading: ReadingConfig;
  readonly inbound: InboundConfig;
  readonly replica: ReplicaConfig;
  readonly demotion: DemotionConfig;
}

/** Public relays fail, lie and vanish: no list is shorter. */
export const FEWEST_RELAYS = 3;
/** Followed are so many relays at most, whatever their source (docs/relays.md). */
const MOST_FORMER_RELAYS = 24;
const fewestIterations = 100_000;
const topKeys = [
  'appId',
  'kind',
  'salts',
  'iterations',
  'relays',
  'activeRelays',
  'formerRelays',
  'relaysUrl',
  'notBefore',
  ...Object.keys(ranges),
];

/**
 * Checks the contents of config.json. `overrides.relays` takes the place of the relays of the file; an empty list means local only.
 * @throws SyncError CONFIG_INVALID that names the key and says what to write instead
 */
export function readConfig(json: unknown, overrides: { readonly relays?: readonly string[] } = {}): SyncConfig {
  const config = record(json, 'config.json');
  onlyKeys(config, topKeys, 'config.json');
  const relays =
    overrides.relays === undefined
      ? readRelays(config.relays, '"relays" of config.json')
      : overrides.relays.length === 0
        ? []
        : readRelays(overrides.relays, 'the list of relays given to open()');
  return {
    appId: text(config.appId, '"appId"', /^.{1,214}\/[0-9a-f]{16}$/, 'the package name, a slash and 16 hex digits'),
    kind: number(config.kind, '"kind"', 30_000, 39_999, true),
    salts: [readSaltReference(config.salts)],
    iterations: readIterations(config.iterations),
    relays,
    activeRelays: number(config.activeRelays, '"activeRelays"', FEWEST_RELAYS, 10, true),
    formerRelays: relays.length === 0 ? [] : readFormerRelays(config, relays),
    relaysUrl: relays.length === 0 || overrides.relays ? undefined : readRelaysUrl(config.relaysUrl),
    notBeforeMs: readDate(config.notBefore),
    connection: readSection(config, 'connection'),
    publishing: readSection(config, 'publishing'),
    reading: readSection(config, 'reading'),
    inbound: readSection(config, 'inbound'),
    replica: readSection(config, 'replica'),
    demotion: readSection(config, 'demotion'),
  };
}

/**
 * Checks a list of relays, as config.json has it. Returns their addresses in the form in which they are compared.
 * @param where names the list in messages
 * @throws SyncError CONFIG_INVALID
 */
export function readRelays(value: unknown, where: string): readonly string[] {
  if (!Array.isArray(value)) throw invalid(`${where} is not a list. Write at least ${FEWEST_RELAYS} relay addresses.`);
  const relays = readRelayUrls(value, where);
  if (relays.length < FEWEST_RELAYS)
    throw invalid(
      `${where} has ${relays.length} relays. Public relays fail, lie and vanish, so name at least ${FEWEST_RELAYS} (docs/relays.md).`,
    );
  return relays;
}

function readRelayUrls(value: readonly unknown[], where: string): readonly string[] {
  const relays = value.map((entry) => readRelayUrl(entry, where));
  const twice = relays.find((url, at) => relays.indexOf(url) < at);
  if (twice === undefined) return relays;
  throw invalid(`${where} names ${twice} twice, if only in another spelling. Remove one of the two.`);
}

/** Those of the file, without what `relays` given to open() has taken up. */
function readFormerRelays(
  { formerRelays, relays }: Record<string, unknown>,
  inUse: readonly string[],
): readonly string[] {
  if (formerRelays === undefined) return [];
  const where = '"formerRelays" of config.json';
  if (!Array.isArray(formerRelays) || formerRelays.length > MOST_FORMER_RELAYS)
    throw invalid(`${where} is not a list of at most ${MOST_FORMER_RELAYS} relay addresses. Remove the oldest ones.`);
  const former = readRelayUrls(formerRelays, where);
  const listed = readRelays(relays, '"relays" of config.json');
  const both = former.find((url) => listed.includes(url));
  if (both !== undefined) throw invalid(`${where} names ${both}, which "relays" names as well. Remove it there.`);
  return former.filter((url) => !inUse.includes(url));
}

function readRelaysUrl(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const isPath = typeof value === 'string' && /^(?!\/\/)[\w./~%-]{1,500}$/.test(value) && value.endsWith('.json');
  if (isPath) return value;
  throw invalid(
    `"relaysUrl" of config.json is ${JSON.stringify(value)}. Write the path of a JSON file of the app's own origin, such as "/relays.json".`,
  );
}

function readRelayUrl(value: unknown, where: string): string {
  const url = parseRelayUrl(value);
  if (!url)
    throw invalid(
      `${JSON.stringify(value)} in ${where} is no relay address. Write wss, a colon, two slashes and a host.`,
    );
  if (!isProtected(url))
    throw invalid(
      `${JSON.stringify(value)} in ${where} is not encrypted. Use its wss address; ws is for loopback and for hidden services (.onion) only.`,
    );
  return addressOf(url);
}

function readSaltReference(value: unknown): SaltReference {
  if (!Array.isArray(value) || value.length !== 1)
    throw invalid(
      '"salts" of config.json must hold exactly one salt. Run "npx zero-backend-sync doctor" to see which.',
    );
  const salt = record(value[0], '"salts" of config.json');
  onlyKeys(salt, ['id', 'env', 'fingerprint'], '"salts" of config.json');
  return {
    id: text(salt.id, '"salts" id', /^[\w.-]{1,32}$/, 'a short name such as "1"'),
    env: text(
      salt.env,
      '"salts" env',
      /^[A-Z_][A-Z0-9_]{0,63}$/,
      'the name of an environment variable such as SYNC_SALT',
    ),
    fingerprint: text(salt.fingerprint, '"salts" fingerprint', /^[0-9a-f]{16}$/, '16 lower-case hex digits'),
  };
}

function readIterations(value: unknown): number {
  if (typeof value === 'number' && value < fewestIterations)
    throw invalid(
      `"iterations" of config.json is ${value}. Keys would be cheap to guess: write at least ${fewestIterations}.`,
    );
  return number(value, '"iterations"', fewestIterations, 10_000_000, true);
}

function readDate(value: unknown): number {
  const timeMs = Date.parse(
    `${text(value, '"notBefore"', /^\d{4}-\d{2}-\d{2}$/, 'a date such as "2026-11-01"')}T00:00:00Z`,
  );
  if (Number.isNaN(timeMs)) throw invalid(`"notBefore" of config.json is ${JSON.stringify(value)}, which is no date.`);
  return timeMs;
}

function readSection<Name extends keyof Ranges>(config: Record<string, unknown>, name: Name): Numbers<Ranges[Name]> {
  const section = config[name] === undefined ? {} : record(config[name], `"${name}" of config.json`);
  const allowed: Record<string, readonly [number, number]> = ranges[name];
  onlyKeys(section, Object.keys(allowed), `"${name}" of config.json`);
  const byDefault: Record<string, number> = defaults[name];
  const numbers: Record<string, number> = {};
  for (const [key, [least, most]] of Object.entries(allowed))
    numbers[key] = number(
      section[key] === undefined ? byDefault[key] : section[key],
      `"${name}.${key}"`,
      least,
      most,
      false,
    );
  return numbers as Numbers<Ranges[Name]>;
}

function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid(`${where} is missing or not an object. Restore it with "npx zero-backend-sync update".`);
  return value as Record<string, unknown>;
}

function onlyKeys(value: Record<string, unknown>, allowed: readonly string[], where: string): void {
  for (const key of Object.keys(value))
    if (!allowed.includes(key))
      throw invalid(
        `${where} has an unknown key ${JSON.stringify(key)}. Remove it or write one of: ${allowed.join(', ')}.`,
      );
}

function text(value: unknown, where: string, pattern: RegExp, expected: string): string {
  if (typeof value !== 'string' || !pattern.test(value))
    throw invalid(`${where} of config.json is ${JSON.stringify(value)}. Write ${expected}.`);
  return value;
}

function number(value: unknown, where: string, least: number, most: number, whole: boolean): number {
  const fits = typeof value === 'number' && value >= least && value <= most && (!whole || Number.isInteger(value));
  if (!fits)
    throw invalid(
      `${where} of config.json is ${JSON.stringify(value)}. Write ${whole ? 'a whole number' : 'a number'} from ${least} to ${most}.`,
    );
  return value;
}

function invalid(message: string): SyncError {
  return new SyncError(ErrorCode.ConfigInvalid, message);
}

export interface ReplicaSettings extends ReplicaConfig {
  /** Relays that must hold a version before its entries are durable. */
  readonly durableOn: number;
  /** Bytes of the largest event that is ever sent. */
  readonly maxEventBytes: number;
}

export function replicaSettings({
  relays,
  replica,
  publishing: { maxEventBytes },
}: Pick<SyncConfig, 'relays' | 'replica' | 'publishing'>): ReplicaSettings {
  return { ...replica, durableOn: durableRelayCount(relays.length), maxEventBytes };
}
