/** Looks for secrets in whatever was captured, in every form in which a program might carry them. */

export interface Secrets {
  /** Name -> text. */
  readonly texts: Readonly<Record<string, string>>;
  /** Name -> bytes. */
  readonly bytes: Readonly<Record<string, Uint8Array>>;
}

/** The names of the secrets that are somewhere in these values, each with the form in which it is there. */
export function leaksIn(values: readonly unknown[], { texts, bytes }: Secrets): readonly string[] {
  const haystack = spell(values);
  const needles = [
    ...Object.entries(texts).flatMap(([name, text]) => formsOf(name, Buffer.from(text))),
    ...Object.entries(bytes).flatMap(([name, secret]) => formsOf(name, Buffer.from(secret))),
  ];
  return needles.filter(([, needle]) => haystack.includes(needle)).map(([form]) => form);
}

/** Part of a secret is a leak too; less would be found in anything. */
const pieceBytes = 16;

function formsOf(name: string, secret: Buffer): readonly (readonly [form: string, needle: string])[] {
  const count = Math.max(1, Math.floor(secret.length / pieceBytes));
  return Array.from({ length: count }, (_, index) =>
    secret.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  ).flatMap((piece) => formsOfPiece(name, piece));
}

function formsOfPiece(name: string, piece: Buffer): readonly (readonly [form: string, needle: string])[] {
  const reversed = Buffer.from(piece).reverse();
  const words = Array.from({ length: piece.length >> 2 }, (_, index) => index * 4);
  return [
    [`${name}, raw`, piece.toString('latin1')],
    [`${name}, reversed`, reversed.toString('latin1')],
    [`${name}, hex`, piece.toString('hex')],
    [`${name}, upper-case hex`, piece.toString('hex').toUpperCase()],
    [`${name}, numbers`, [...piece].join()],
    [`${name}, little-endian words`, words.map((at) => piece.readUInt32LE(at)).join()],
    [`${name}, big-endian words`, words.map((at) => piece.readUInt32BE(at)).join()],
    ...[0, 1, 2].flatMap((shift) => {
      const text = base64At(piece, shift);
      const url = text.replaceAll('+', '-').replaceAll('/', '_');
      return [
        [`${name}, base64 from byte ${shift}`, text],
        [`${name}, base64url from byte ${shift}`, url],
      ] as const;
    }),
  ];
}

/** The digits that are the same whatever stands before and behind. */
function base64At(bytes: Buffer, shift: number): string {
  const whole = Buffer.concat([Buffer.alloc(shift), bytes]);
  const [from, to] = [Math.ceil((shift * 8) / 6), Math.floor((whole.length * 8) / 6)];
  return whole.toString('base64').slice(from, to);
}

/** Texts as they are, bytes as Latin-1 and as numbers, numbers with commas between them. */
function spell(value: unknown, seen = new Set<object>()): string {
  if (typeof value === 'string') return `${value}\n`;
  if (typeof value !== 'object' || value === null) return `${String(value)},`;
  if (seen.has(value)) return '';
  seen.add(value);
  // Not `instanceof`: what comes out of a structured clone may be of another realm.
  if (Object.prototype.toString.call(value) === '[object ArrayBuffer]')
    return spell(new Uint8Array(value as ArrayBuffer), seen);
  if (ArrayBuffer.isView(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    const elements = Array.from(value as unknown as ArrayLike<number>);
    return `${bytes.toString('latin1')}\n${[...bytes].join()},${elements.join()},`;
  }
  const { name, message, stack, cause } = value as Partial<Error>;
  const parts = Array.isArray(value) ? (value as unknown[]) : Object.entries(value).flat();
  return [name, message, stack, cause, ...parts].map((part) => spell(part, seen)).join('');
}
