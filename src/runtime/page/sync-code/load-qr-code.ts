import type { encodeQrCode, QrCode } from './qr-code';

/**
 * The QR code of a link, or of any text of up to 2,331 bytes. What makes it is loaded when the first one is asked for, and rejects where it cannot be loaded.
 * @example
 * const { viewBox, path } = await createQrCode(sync.link);
 */
export async function createQrCode(text: string): Promise<QrCode> {
  // eslint-disable-next-line @typescript-eslint/ban-ts-comment
  // @ts-ignore -- Node wants an ending here and bundlers of sources none; scripts/build-package.mjs writes what each of them takes
  const qrCode = (await import('./qr-code')) as { readonly encodeQrCode: typeof encodeQrCode };
  return qrCode.encodeQrCode(text);
}
