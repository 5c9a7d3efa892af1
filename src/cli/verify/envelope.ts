/** What a sealed event looks like from outside (docs/protocol.md, section 2). */

/** Why an event is not what the engine publishes; `null` where it is. */
export function flawOfEvent(event: unknown): string | null {
  const { kind, tags, content } = (event ?? {}) as {
    readonly kind?: unknown;
    readonly tags?: unknown;
    readonly content?: unknown;
  };
  if (kind !== 30078) return `kind ${String(kind)}`;
  const isOneAddress =
    Array.isArray(tags) &&
    tags.length === 1 &&
    Array.isArray(tags[0]) &&
    tags[0].length === 2 &&
    tags[0][0] === 'd' &&
    /^[0-9a-f]{32}$/.test(String(tags[0][1]));
  if (!isOneAddress) return `tags ${JSON.stringify(tags)}, more than an opaque address`;
  return typeof content === 'string' ? flawOfContent(content) : 'no content';
}

/** version || nonce(12) || ciphertext of 512 * 2^k bytes || tag(16), in base64 */
function flawOfContent(content: string): string | null {
  const bytes = Buffer.from(content, 'base64');
  if (bytes.toString('base64') !== content) return 'content that is not base64';
  if (bytes[0] !== 1) return `an envelope of version ${bytes[0] ?? 'none'}`;
  const padded = bytes.length - 1 - 12 - 16;
  const isPadded = padded >= 512 && padded <= 32_768 && Number.isInteger(Math.log2(padded / 512));
  return isPadded ? null : `an envelope of ${bytes.length} bytes, which is no padded size`;
}

/** Chi-squared of the bytes against even use of all 256 values: about 255 +- 23 for ciphertext, thousands for text. */
export function unevenness(bytes: Buffer): number {
  const counts = new Array<number>(256).fill(0);
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1;
  const expected = bytes.length / 256;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

/** The forms in which a text may stand in a frame. */
export function formsOf(text: string): readonly string[] {
  const bytes = Buffer.from(text, 'utf8');
  // Inside a longer text base64 has three alignments; the first and last digits mix with the neighbours.
  const aligned = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : shift + 1)
      .replace(/..?=*$/, ''),
  );
  return [text, encodeURIComponent(text), bytes.toString('hex'), ...aligned];
}
