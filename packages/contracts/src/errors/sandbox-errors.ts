/** The simulated network. */
import { entry } from './entry.ts';

export const sandboxErrors = {
  SANDBOX_QR_INVALID: entry(
    400,
    'QR code not readable',
    'The image or text is not a WhatsApp QR code',
    'The simulated phone could not read a linking code from it.',
    'Send the qrCode exactly as GET /api/sessions/:sessionId/qr returned it.',
  ),
  SANDBOX_QR_EXPIRED: entry(
    410,
    'QR code expired',
    'This QR code is no longer valid',
    'The code was replaced, or its session is not waiting any more.',
    'Fetch a new one with GET /api/sessions/:sessionId/qr.',
    true,
  ),
  SANDBOX_CODE_INVALID: entry(
    400,
    'Pairing code wrong',
    'This is not the code that the session shows for this phone',
    'The code was mistyped, or was asked for another phone.',
    'Send the code exactly as POST /api/sessions/:sessionId/pairing-code returned it.',
  ),
  SANDBOX_CODE_EXPIRED: entry(
    410,
    'Pairing code expired',
    'No session waits for a code of this phone',
    'The code has expired, was used, or was never asked for.',
    'Ask for a new one with POST /api/sessions/:sessionId/pairing-code.',
    true,
  ),
  SANDBOX_PHONE_IN_USE: entry(
    409,
    'Phone in use',
    'This simulated phone belongs to another account',
    'The number is linked to a session of another account.',
    'Choose another number, or leave `phone` out.',
  ),
  SANDBOX_PHONE_NOT_LINKED: entry(
    404,
    'Phone not linked',
    'No sandbox session of this account is linked to that number',
    'The number is unknown, or linked by nobody of this account.',
    'Scan a QR code with that phone first.',
  ),
  SANDBOX_FAULT_INVALID: entry(
    400,
    'Invalid fault',
    'This fault is not known',
    'The fault kind or its parameters are not supported.',
    'See the list of faults in the sandbox guide.',
  ),
  SANDBOX_DISABLED: entry(
    404,
    'Sandbox disabled',
    'This installation runs without the sandbox',
    'The sandbox network is switched off.',
    'Start it with --target=sandbox or in development mode.',
  ),
} as const;
