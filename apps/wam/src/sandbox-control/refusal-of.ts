/** The sandbox's refusals in terms of the API's error catalogue. Pure. */
import { type Rejection, reject } from '@wam/contracts';
import type { SandboxError } from '@wam/whatsapp-sandbox';

/** Where a request names what the sandbox may refuse. */
export interface RequestFields {
  phone: string;
  /** What links a phone: an image or text to scan, or a code to type. */
  link?: 'qrCode' | 'code';
}

export function refusalOf(
  { code, message }: Pick<SandboxError, 'code' | 'message'>,
  { phone: phoneField, link = 'qrCode' }: RequestFields,
): Rejection {
  switch (code) {
    case 'QR_UNREADABLE':
      return reject(link === 'code' ? 'SANDBOX_CODE_INVALID' : 'SANDBOX_QR_INVALID', { param: link });
    case 'QR_EXPIRED':
      return reject(link === 'code' ? 'SANDBOX_CODE_EXPIRED' : 'SANDBOX_QR_EXPIRED');
    case 'PHONE_IN_USE':
      return reject('SANDBOX_PHONE_IN_USE', { param: phoneField });
    case 'PHONE_NOT_LINKED':
      return reject('SANDBOX_PHONE_NOT_LINKED');
    case 'UNKNOWN_PHONE':
      return reject('VALIDATION_FAILED', { param: phoneField, message: 'This number is not on the simulated network' });
    case 'INVALID_FAULT':
      return reject('SANDBOX_FAULT_INVALID', { message });
    default:
      return code satisfies never;
  }
}
