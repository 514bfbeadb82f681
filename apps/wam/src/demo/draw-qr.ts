import { readQrText } from '@wam/whatsapp-sandbox';
import QRCode from 'qrcode';

/** The QR code of a PNG data URL, drawn with half blocks for a terminal. */
export const drawQr = (qrCode: string): Promise<string> =>
  QRCode.toString(readQrText(qrCode), { type: 'utf8', errorCorrectionLevel: 'L' });
