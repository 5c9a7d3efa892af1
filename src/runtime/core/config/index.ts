/** What config.json may say. Strict, because a typing error in it would otherwise show up as data that never syncs. */
import defaults from '../defaults.json';
import { durableRelayCount } from '../durability';
import { ranges } from './ranges';
import type {
  ConnectionConfig,
  DemotionConfig,
  InboundConfig,
  Numbers,
  PublishingConfig,
  Ranges,
  ReadingConfig,
  ReplicaConfig,
  VisitsConfig,
} from './ranges';
import { invalid, number, onlyKeys, record, text } from './values';
import { FEWEST_RELAYS, readFormerRelays, readRelays, readRelaysUrl } from './relay-list';

export type {
  ConnectionConfig,
  DemotionConfig,
  InboundConfig,
  PublishingConfig,
  ReadingConfig,
  VisitsConfig,
} from './ranges';

export interface SaltReference {
  readonly id: string;
  /** Name of the environment variable that holds the salt when the app is built. */
  readonly env: string;
  /** 16 hex digits: the first 8 bytes of a hash of the salt (docs/protocol.md, section 1). */
  readonly fingerprint: string;
}

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
  readonly visits: VisitsConfig;
}

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
    visits: readSection(config, 'visits'),
  };
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

export interface ReplicaSettings extends ReplicaConfig {
  /** The list: only what they hold is durable. */
  readonly relays: readonly string[];
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
  return { ...replica, relays, durableOn: durableRelayCount(relays.length), maxEventBytes };
}
