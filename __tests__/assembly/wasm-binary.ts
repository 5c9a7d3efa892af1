/** Just enough of the WebAssembly binary format (WebAssembly Core Specification, chapter 5) to look into a module and to open its memory. */

export enum Section {
  Custom = 0,
  Export = 7,
  Code = 10,
}

const headerBytes = 8;
const memoryExport = Buffer.from([6, ...Buffer.from('memory'), 2, 0]);

export function sectionsOf(module: Uint8Array): readonly { readonly id: Section; readonly content: Buffer }[] {
  const sections: { id: Section; content: Buffer }[] = [];
  for (let at = headerBytes; at < module.length; ) {
    const { value: length, end } = readLeb(module, at + 1);
    sections.push({ id: module[at]!, content: Buffer.from(module.subarray(end, end + length)) });
    at = end + length;
  }
  return sections;
}

export function codeOf(module: Uint8Array): Buffer {
  return sectionsOf(module).find(({ id }) => id === Section.Code)!.content;
}

/** The same module with its memory exported as `memory`, and not another byte changed. */
export function withMemoryExport(module: Uint8Array): Uint8Array {
  const sections = sectionsOf(module).map(({ id, content }) => {
    if (id !== Section.Export) return { id, content };
    const { value: exports, end } = readLeb(content, 0);
    return { id, content: Buffer.concat([writeLeb(exports + 1), content.subarray(end), memoryExport]) };
  });
  const written = sections.map(({ id, content }) => Buffer.concat([Buffer.from([id]), writeLeb(content.length), content]));
  return Uint8Array.from(Buffer.concat([module.subarray(0, headerBytes), ...written]));
}

function readLeb(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let shift = 0; ; shift += 7, at++) {
    value |= (bytes[at]! & 0x7f) << shift;
    if (bytes[at]! < 0x80) return { value, end: at + 1 };
  }
}

function writeLeb(value: number): Buffer {
  const bytes: number[] = [];
  for (; value >= 0x80; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
  return Buffer.from([...bytes, value]);
}
