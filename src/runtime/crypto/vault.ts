/**
 * The vault: the keys of an identity, and all that is done with them (docs/protocol.md, sections 1 and 2). Nothing leaves the device but
 * what `seal` made, and nothing that `open` has not authenticated enters any state.
 */
import { publicKeyOf } from '../core/nostr';
import type { EventTemplate } from '../core/nostr';
import { ErrorCode, SyncError } from '../core/errors';
import type { IdentityPart } from '../core/open-request';
import { concatBytes, fromBase64, fromHex, isHex, toBase64, toHex, toUtf8, type Bytes } from '../core/bytes';
import { canDeflate, deflate, store } from './deflate';
import { deriveKeys, type BlackBox } from './derive-keys';
import {
  ENVELOPE_VERSION,
  isEnvelopeLength,
  nonceOf,
  openEnvelope,
  paddedBytesOf,
  sealEnvelope,
  type EnvelopePlace,
} from './envelope';
import { normaliseIdentity, passwordOf } from './identity';
import { inflatePayload } from './payload';
import { Refusal, type OpenedSlot, type PackedPayload, type Vault } from '../contracts/vault';
import { MAX_PAYLOAD_BYTES } from '../contracts/slot';
import type { NostrEvent, SealedEvent, SlotName, SlotPayload } from '../contracts/slot';
import { isSigned, signEvent } from './event-signature';

export interface VaultOptions {
  /** What the app knows of the user; see `normaliseIdentity`. */
  readonly identity: readonly IdentityPart[];
  readonly secret?: string;
  /** Of config.json. */
  readonly config: { readonly appId: string; readonly iterations: number; readonly kind?: number };
  readonly loadBlackBox: () => Promise<BlackBox>;
  /** The part of the derivation that is done, above 0 and up to 1. */
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

/** Parameterised replaceable application data (NIP-78). */
const slotKind = 30_078;
/** NIP-42. */
const authKind = 22_242;
const slotLabel = toUtf8('zbs/1/slot');
const maxCachedAddresses = 4_096;

/**
 * Derives the keys, which takes a fraction of a second. Nothing but the vault's own functions can use them then.
 * @throws SyncError IDENTITY_INVALID, SECRET_INVALID, CONFIG_INVALID, BLACK_BOX_FAILED, ENVIRONMENT_UNSUPPORTED, ENGINE_CLOSED or VAULT_FAILED
 */
export async function createVault(options: VaultOptions): Promise<Vault> {
  assertEnvironment();
  const { secret, config, loadBlackBox, onProgress, signal } = options;
  const identity = normaliseIdentity(options.identity);
  const password = passwordOf(identity, secret);
  identity.fill(0);
  try {
    const box = await loadBlackBox();
    const keys = await deriveKeys(box, {
      password,
      appId: config.appId,
      iterations: config.iterations,
      onProgress,
      signal,
    });
    try {
      const [sealKey, nameKey] = await importKeys(keys.sealKey, keys.nameKey);
      return vaultOf({ signKey: keys.signKey, sealKey, nameKey, kind: config.kind ?? slotKind });
    } finally {
      keys.sealKey.fill(0);
      keys.nameKey.fill(0);
    }
  } finally {
    password.fill(0);
  }
}

interface VaultKeys {
  readonly signKey: Uint8Array;
  readonly sealKey: CryptoKey;
  readonly nameKey: CryptoKey;
  readonly kind: number;
}

function vaultOf({ signKey, sealKey, nameKey, kind }: VaultKeys): Vault {
  const pubkey = publicKeyOf(signKey);
  const pubkeyBytes = fromHex(pubkey);
  const addressesBySlot = new Map<string, string>();
  const signedEvents = new WeakSet<NostrEvent>();

  async function addressOf({ deviceId, tier, index }: SlotName): Promise<string> {
    const slot = `${deviceId}/${tier}/${index}`;
    const known = addressesBySlot.get(slot);
    if (known !== undefined) return known;
    const place = new Uint8Array(5);
    place[0] = tier;
    new DataView(place.buffer).setUint32(1, index);
    const code = await orVaultFailed(() =>
      crypto.subtle.sign('HMAC', nameKey, concatBytes(slotLabel, fromHex(deviceId), place)),
    );
    const address = toHex(new Uint8Array(code, 0, 16));
    if (addressesBySlot.size >= maxCachedAddresses) addressesBySlot.clear();
    addressesBySlot.set(slot, address);
    return address;
  }

  async function pack(payload: SlotPayload, compress = true, json = JSON.stringify(payload)): Promise<PackedPayload> {
    const bytes = toUtf8(json);
    const jsonBytes = bytes.length;
    const deflated = compress ? await orVaultFailed(() => deflate(bytes)) : store(bytes);
    // More would be taken for a decompression bomb by whoever opens it.
    const isOpenable = jsonBytes <= MAX_PAYLOAD_BYTES;
    return { payload, jsonBytes, deflated, paddedBytes: isOpenable ? paddedBytesOf(deflated.length) : undefined };
  }

  async function seal(
    packed: PackedPayload,
    { createdAt, nonce }: { createdAt: number; nonce: string },
  ): Promise<SealedEvent> {
    const { dev, tier, idx } = packed.payload;
    if (packed.paddedBytes === undefined) throw vaultFailed('the payload is too large for one slot');
    if (!isHex(nonce, 24)) throw vaultFailed('the nonce is not 24 hex digits');
    if (!isSeconds(createdAt)) throw vaultFailed('the time is not a whole number of seconds');
    const d = await addressOf({ deviceId: dev, tier, index: idx });
    const envelope = await orVaultFailed(() =>
      sealEnvelope(sealKey, packed.deflated, fromHex(nonce), { pubkey: pubkeyBytes, d, createdAt }),
    );
    return orVaultFailed(
      async () => sign({ kind, created_at: createdAt, tags: [['d', d]], content: toBase64(envelope) }) as SealedEvent,
    );
  }

  async function open(event: NostrEvent): Promise<OpenedSlot | Refusal> {
    const place = placeOf(event);
    const envelope = place && fromBase64(event.content);
    const envelopeVersion = envelope?.[0];
    if (!envelope || envelopeVersion === undefined) return Refusal.Malformed;
    if (envelopeVersion !== ENVELOPE_VERSION)
      return envelopeVersion > ENVELOPE_VERSION ? Refusal.UnknownVersion : Refusal.Malformed;
    if (!isEnvelopeLength(envelope.length)) return Refusal.Malformed;

    const deflated = await openEnvelope(sealKey, envelope, place).catch(rethrowUnlessInauthentic);
    if (deflated === inauthentic) return Refusal.Unreadable;
    const payload = deflated && (await inflatePayload(deflated));
    if (!payload) return Refusal.Malformed;
    const isForeign = 'foreign' in payload;
    const slot = isForeign ? payload.foreign : { deviceId: payload.dev, tier: payload.tier, index: payload.idx };
    if ((await addressOf(slot)) !== place.d) return Refusal.Malformed;
    if (isForeign) return Refusal.UnknownVersion;
    const version = {
      ...slot,
      d: place.d,
      seq: payload.seq,
      createdAt: place.createdAt,
      nonce: toHex(nonceOf(envelope)),
    };
    return { version, payload };
  }

  /** Where an event of ours says that its envelope belongs, or undefined when it does not look like one. */
  function placeOf(event: NostrEvent): EnvelopePlace | undefined {
    if (typeof event !== 'object' || event === null) return undefined;
    const { tags, created_at: createdAt, content } = event;
    if (event.kind !== kind || event.pubkey !== pubkey || typeof content !== 'string' || !isSeconds(createdAt))
      return undefined;
    const tag: unknown = Array.isArray(tags) && tags.length === 1 ? tags[0] : undefined;
    if (!Array.isArray(tag) || tag.length !== 2 || tag[0] !== 'd' || !isHex(tag[1], 32)) return undefined;
    return { pubkey: pubkeyBytes, d: tag[1], createdAt };
  }

  function verify(event: NostrEvent): event is SealedEvent {
    if (signedEvents.has(event)) return true;
    if (placeOf(event) === undefined || !isSigned(event)) return false;
    signedEvents.add(event);
    return true;
  }

  const sign = (template: EventTemplate): NostrEvent => signEvent(template, { signKey, pubkey });

  return {
    pubkey,
    addressOf,
    pack,
    seal,
    open,
    keyCheck: async (installationKey) =>
      toHex(new Uint8Array(await orVaultFailed(() => crypto.subtle.sign('HMAC', installationKey, pubkeyBytes)))),
    newNonce: () => toHex(crypto.getRandomValues(new Uint8Array(12))),
    verify,
    signAuth: (relayUrl, challenge, createdAt) =>
      sign({
        kind: authKind,
        created_at: createdAt,
        tags: [
          ['relay', relayUrl],
          ['challenge', challenge],
        ],
        content: '',
      }),
  };
}

/** Non-extractable: from here on even this thread cannot read them. */
function importKeys(sealKey: Bytes, nameKey: Bytes): Promise<[CryptoKey, CryptoKey]> {
  return orVaultFailed(() =>
    Promise.all([
      crypto.subtle.importKey('raw', sealKey, 'AES-GCM', false, ['encrypt', 'decrypt']),
      crypto.subtle.importKey('raw', nameKey, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']),
    ]),
  );
}

const inauthentic = Symbol('inauthentic');

/** WebCrypto says `OperationError` of a tag that does not fit; everything else is a failure of its own. */
function rethrowUnlessInauthentic(error: unknown): typeof inauthentic {
  if ((error as { name?: unknown } | null)?.name === 'OperationError') return inauthentic;
  throw vaultFailed('WebCrypto did not decrypt', error);
}

function isSeconds(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

async function orVaultFailed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw vaultFailed(`the platform refused (${error instanceof Error ? error.name : 'unknown error'})`, error);
  }
}

function vaultFailed(reason: string, cause?: unknown): SyncError {
  return new SyncError(
    ErrorCode.VaultFailed,
    `The vault failed: ${reason}. Nothing is published until it works again; local data stays usable. Reload the page, or update the browser.`,
    { cause },
  );
}

function assertEnvironment(): void {
  const missing = missingFeature();
  if (missing === undefined) return;
  throw new SyncError(
    ErrorCode.EnvironmentUnsupported,
    `The vault needs ${missing}. Local data stays usable; nothing is published.`,
  );
}

function missingFeature(): string | undefined {
  if (typeof WebAssembly === 'undefined') return 'WebAssembly, which this browser does not have or has switched off';
  if (globalThis.crypto?.subtle === undefined) return 'WebCrypto, which browsers offer on https:// and localhost only';
  return canDeflate()
    ? undefined
    : 'CompressionStream with deflate-raw (Chrome 103, Firefox 113, Safari 16.4 or newer)';
}
