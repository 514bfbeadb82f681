import jsQR from 'jsqr';
import { PNG } from 'pngjs';
import { SandboxError } from '../sandbox-error.ts';

const DATA_URL_PREFIX = 'data:image/png;base64,';
/** A QR code as image takes a few kB; this allows for generous styling. */
const MAX_IMAGE_BYTES = 512 * 1024;
/** Checked in the header, before anything of that size is allocated. */
const MAX_PIXELS_PER_SIDE = 2_048;
/** Offsets of the image's width and height in a PNG file: first chunk, big-endian. */
const PNG_WIDTH_OFFSET = 16;
const PNG_HEIGHT_OFFSET = 20;

// jsqr is CommonJS whose types and runtime disagree about `default`.
const decode =
  (jsQR as unknown as { default?: typeof jsQR.default }).default ?? (jsQR as unknown as typeof jsQR.default);

/** The text of a QR code given as text or as PNG data URL. Throws QR_UNREADABLE. */
export function readQrText(textOrDataUrl: string): string {
  if (!textOrDataUrl.startsWith('data:')) return textOrDataUrl;
  if (!textOrDataUrl.startsWith(DATA_URL_PREFIX)) {
    throw new SandboxError('QR_UNREADABLE', 'the data URL is no base64 PNG image');
  }
  const file = Buffer.from(textOrDataUrl.slice(DATA_URL_PREFIX.length), 'base64');
  const { data, width, height } = readPng(file);
  const code = decode(new Uint8ClampedArray(data.buffer, data.byteOffset, data.byteLength), width, height, {
    inversionAttempts: 'dontInvert',
  });
  if (!code) throw new SandboxError('QR_UNREADABLE', 'there is no QR code in the image');
  return code.data;
}

function readPng(file: Buffer): PNG {
  if (file.length > MAX_IMAGE_BYTES || file.length < PNG_HEIGHT_OFFSET + 4) {
    throw new SandboxError('QR_UNREADABLE', `the image must be a PNG of at most ${MAX_IMAGE_BYTES} bytes`);
  }
  const sides = [file.readUInt32BE(PNG_WIDTH_OFFSET), file.readUInt32BE(PNG_HEIGHT_OFFSET)];
  if (sides.some((pixels) => pixels > MAX_PIXELS_PER_SIDE)) {
    throw new SandboxError('QR_UNREADABLE', `the image must be at most ${MAX_PIXELS_PER_SIDE} pixels wide and high`);
  }
  try {
    return PNG.sync.read(file);
  } catch (error) {
    throw new SandboxError('QR_UNREADABLE', 'the image cannot be read as PNG', { cause: error });
  }
}
