/**
 * QR codes. The built package carries the library bundled into this one file, because it is an ES module only, which Jest and older Nodes cannot load. It is
 * loaded when the first one is shown.
 */
import { encodeQR } from 'qr';

/** A QR code without a style or an address in it, so that no content security policy keeps it from being shown. */
export interface QrCode {
  /** For the attribute of this name of an `<svg>`. */
  readonly viewBox: string;
  /** For the attribute `d` of the `<path>` in it: the dark modules. */
  readonly path: string;
  /** Both as the text of an `<svg>` element, dark on white. */
  readonly svg: string;
}

/** Modules of white around it, without which cameras do not find it (ISO/IEC 18004). */
const QUIET_ZONE = 4;

/** The QR code of a text. @throws RangeError or Error if it is longer than a QR code can be: 2,331 bytes. */
export function encodeQrCode(text: string): QrCode {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: QUIET_ZONE });
  const path = rows.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join('');
  const viewBox = `0 0 ${rows.length} ${rows.length}`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${viewBox}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${rows.length}v${rows.length}H0z"/><path d="${path}"/></svg>`;
  return { viewBox, path, svg };
}
