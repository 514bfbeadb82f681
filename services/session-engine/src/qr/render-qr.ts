import { toDataURL } from 'qrcode';

/** PNG data URL, 400 pixels wide: large enough for a phone camera at arm's length, and for a decoder to read it back. */
export const renderQr = (code: string): Promise<string> =>
  toDataURL(code, { errorCorrectionLevel: 'M', margin: 4, width: 400, type: 'image/png' });
