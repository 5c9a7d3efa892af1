/**
 * How the first build that has seen the world reads a payload: a copy that is never changed, so that what later builds write is tried on it. It
 * uses nothing of the sources.
 */
export interface RegisterV1 {
  readonly stamp: string;
  readonly value?: unknown;
}

export interface DocumentV1 {
  readonly collection: string;
  readonly id: string;
  readonly inserted: string | undefined;
  readonly deleted: string | undefined;
  readonly leaves: ReadonlyMap<string, RegisterV1>;
}

export interface PayloadV1 {
  readonly dev: string;
  readonly tier: number;
  readonly idx: number;
  readonly seq: number;
  /** Tiers 0 and 1; undefined for an entry that is none. */
  readonly documents?: readonly (DocumentV1 | undefined)[];
  /** Tier 2. */
  readonly live?: readonly (readonly number[])[];
}

/** Undefined for what is no payload, which is so if any part of it is not as it should be. */
export function decodeV1(json: string): PayloadV1 | undefined {
  const value: unknown = JSON.parse(json);
  if (!isObject(value)) return undefined;
  const { dev, tier, idx, seq, e, live, seen, label } = value;
  if (!isHex(dev, 32) || !isCount(seq) || !isCount(idx) || idx > 0xffff_ffff) return undefined;
  const head = { dev, idx, seq };
  if (tier === 2) return idx === 0 && isManifest(live, seen, label) ? { ...head, tier, live } : undefined;
  if ((tier !== 0 && tier !== 1) || !Array.isArray(e) || !e.every(isEntry)) return undefined;
  return { ...head, tier, documents: e.map(readEntry) };
}

function isManifest(live: unknown, seen: unknown, label: unknown): live is number[][] {
  return (
    Array.isArray(live) &&
    live.every(isRun) &&
    isObject(seen) &&
    Object.entries(seen).every(([deviceId, seq]) => isHex(deviceId, 32) && isCount(seq)) &&
    typeof label === 'string'
  );
}

function isRun(run: unknown): boolean {
  if (!Array.isArray(run) || !run.every(isCount)) return false;
  const [tier, first, ...seqs] = run;
  return tier !== undefined && first !== undefined && first + seqs.length <= 0x1_0000_0000;
}

function isEntry(entry: unknown): boolean {
  if (!Array.isArray(entry) || entry.length < 3 || entry.length > 5) return false;
  const [collection, id, leaves, inserted, deleted] = entry as unknown[];
  return (
    typeof collection === 'string' &&
    typeof id === 'string' &&
    isObject(leaves) &&
    Object.values(leaves).every(isRegister) &&
    (inserted == null || isHex(inserted, 32)) &&
    (deleted == null || isHex(deleted, 32))
  );
}

function isRegister(register: unknown): boolean {
  if (!Array.isArray(register) || !isHex(register[0], 32)) return false;
  return register.length === 1 || (register.length === 2 && isValue(register[1], 100));
}

function isValue(value: unknown, depth: number): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((child) => isValue(child, depth - 1));
}

function readEntry(entry: unknown): DocumentV1 | undefined {
  const [collection, id, written, inserted, deleted] = entry as [string, string, object, unknown, unknown];
  if (collection === '' || id === '' || !isOptionalStamp(inserted) || !isOptionalStamp(deleted)) return undefined;
  const leaves = new Map<string, RegisterV1>();
  for (const [name, register] of Object.entries(written)) {
    const read = readRegister(name, register as readonly unknown[]);
    if (!read) return undefined;
    leaves.set(name, read);
  }
  return { collection, id, inserted: inserted ?? undefined, deleted: deleted ?? undefined, leaves };
}

function readRegister(name: string, written: readonly unknown[]): RegisterV1 | undefined {
  const [stamp, value] = written;
  const kind = kindOf(name);
  if (!isStamp(stamp) || kind === undefined) return undefined;
  if (written.length === 1) return kind === 'share' ? undefined : { stamp };
  if (kind === 'empty-object' || (kind === 'element' && value !== true)) return undefined;
  return kind === 'share' && !isShare(value) ? undefined : { stamp, value };
}

function isShare(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [since, sum] = value as unknown[];
  return (since === null || isStamp(since)) && Number.isFinite(sum);
}

function kindOf(name: string): 'leaf' | 'empty-object' | 'element' | 'share' | undefined {
  const mark = name.search(/[+#]/);
  const pointer = mark < 0 ? name : name.slice(0, mark);
  if (!pointer.startsWith('/')) return undefined;
  const segments = pointer.slice(1).split('/');
  const isEmptyObject = mark < 0 && segments.length > 1 && segments.at(-1) === '~';
  if (isEmptyObject) segments.pop();
  if (segments.length > 100 || segments.some((segment) => /~(?![0-3])/.test(segment))) return undefined;
  if (isEmptyObject) return 'empty-object';
  if (mark < 0) return 'leaf';
  const suffix = name.slice(mark + 1);
  if (name[mark] === '#') return /^([0-9a-f]{16})?$/.test(suffix) ? 'share' : undefined;
  return isElement(suffix) ? 'element' : undefined;
}

function isElement(text: string): boolean {
  try {
    const element: unknown = JSON.parse(text);
    return (typeof element !== 'object' || element === null) && JSON.stringify(element) === text;
  } catch {
    return false;
  }
}

const isOptionalStamp = (value: unknown): value is string | null | undefined => value == null || isStamp(value);
const isStamp = (value: unknown): value is string => typeof value === 'string' && /^(?!ffff)[0-9a-f]{32}$/.test(value);
const isHex = (value: unknown, digits: number): value is string =>
  typeof value === 'string' && value.length === digits && !/[^0-9a-f]/.test(value);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
