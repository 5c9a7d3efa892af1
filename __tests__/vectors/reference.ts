/**
 * Sections 1 and 2 of docs/protocol.md a second time, written from the text with Node's crypto and zlib only, so that vectors do not come
 * from the code they test.
 */
import { createCipheriv, createECDH, createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';

export interface KeyInput {
  readonly parts: readonly string[];
  readonly secret?: string;
  readonly saltBase64: string;
  readonly appId: string;
  readonly iterations: number;
}

const uint = (value: number, bytes: number): Buffer => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64BE(BigInt(value));
  return buffer.subarray(8 - bytes);
};

export const identityOf = (parts: readonly string[]): string =>
  JSON.stringify(
    parts.map((part) => {
      const text = part.normalize('NFC').trim();
      return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text) ? text.toLowerCase() : text;
    }),
  );

export const fingerprintOf = (salt: Buffer): string =>
  createHash('sha256')
    .update(Buffer.concat([Buffer.from('zbs/1/salt'), salt]))
    .digest()
    .toString('hex', 0, 8);

export const expand = (master: Buffer, info: string, retry?: number): Buffer =>
  createHmac('sha256', master)
    .update(Buffer.concat([Buffer.from(info), Buffer.from(retry === undefined ? [1] : [retry, 1])]))
    .digest();

export const publicKeyOf = (signKey: Buffer): Buffer => {
  const curve = createECDH('secp256k1');
  curve.setPrivateKey(signKey);
  return curve.getPublicKey().subarray(1, 33);
};

export const keysOf = ({ parts, secret, saltBase64, appId, iterations }: KeyInput) => {
  const blackBoxSalt = Buffer.from(saltBase64, 'base64');
  const identity = identityOf(parts);
  const password = Buffer.from(secret === undefined ? identity : `${identity}\0${secret}`);
  const salt = Buffer.concat([blackBoxSalt, Buffer.from(appId)]);
  const master = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const signKey = expand(master, 'zbs/1/sign');
  return {
    identity,
    password: password.toString('hex'),
    salt: salt.toString('hex'),
    fingerprint: fingerprintOf(blackBoxSalt),
    master: master.toString('hex'),
    signKey: signKey.toString('hex'),
    sealKey: expand(master, 'zbs/1/seal').toString('hex'),
    nameKey: expand(master, 'zbs/1/name').toString('hex'),
    pubkey: publicKeyOf(signKey).toString('hex'),
  };
};

export const databaseName = (r: Buffer, appId: string, fingerprint: string, identity: string): string =>
  createHmac('sha256', r).update(`${appId}\0${fingerprint}\0${identity}`).digest('hex').slice(0, 16);

export const keyCheck = (r: Buffer, pubkey: string): string =>
  createHmac('sha256', r).update(Buffer.from(pubkey, 'hex')).digest('hex');

export const address = (nameKey: Buffer, deviceId: string, tier: number, index: number): string =>
  createHmac('sha256', nameKey)
    .update(Buffer.concat([Buffer.from('zbs/1/slot'), Buffer.from(deviceId, 'hex'), uint(tier, 1), uint(index, 4)]))
    .digest('hex')
    .slice(0, 32);

export interface SlotKeys {
  readonly pubkey: string;
  readonly sealKey: Buffer;
}

export const deflated = (payload: unknown): Buffer => deflatedText(JSON.stringify(payload));

/** Of JSON that `JSON.stringify` does not write. */
export const deflatedText = (json: string): Buffer => deflateRawSync(Buffer.from(json));

export const padded = (content: Buffer): Buffer => {
  let size = 512;
  while (size < content.length + 4) size *= 2;
  return Buffer.concat([uint(content.length, 4), content, Buffer.alloc(size - 4 - content.length)]);
};

/** Seals any bytes, so that envelopes which no vault would make can be made too. */
export const envelope = (
  keys: SlotKeys,
  d: string,
  createdAt: number,
  nonce: Buffer,
  plain: Buffer,
  version = 1,
): Buffer => {
  const aad = [
    Buffer.from('zbs/1'),
    uint(version, 1),
    Buffer.from(keys.pubkey, 'hex'),
    Buffer.from(d, 'hex'),
    uint(createdAt, 8),
  ];
  const cipher = createCipheriv('aes-256-gcm', keys.sealKey, nonce).setAAD(Buffer.concat(aad));
  return Buffer.concat([uint(version, 1), nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
};

export interface UnsignedEvent {
  readonly pubkey: string;
  readonly created_at: number;
  readonly kind: number;
  readonly tags: readonly (readonly string[])[];
  readonly content: string;
}

export const unsigned = (pubkey: string, d: string, createdAt: number, content: Buffer): UnsignedEvent => ({
  pubkey,
  created_at: createdAt,
  kind: 30078,
  tags: [['d', d]],
  content: content.toString('base64'),
});

export const eventId = ({ pubkey, created_at, kind, tags, content }: UnsignedEvent): string =>
  createHash('sha256')
    .update(JSON.stringify([0, pubkey, created_at, kind, tags, content]))
    .digest('hex');
