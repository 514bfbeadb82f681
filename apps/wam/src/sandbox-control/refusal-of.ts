/** The sandbox's refusals in terms of the API's error catalogue. Pure. */
import { type Rejection, reject } from '@wam/contracts';
import type { SandboxError } from '@wam/whatsapp-sandbox';

/** @param phoneField the request field that named the phone, for UNKNOWN_PHONE */
export function refusalOf({ code, message }: Pick<SandboxError, 'code' | 'message'>, phoneField: string): Rejection {
  switch (code) {
    case 'QR_UNREADABLE':
      return reject('SANDBOX_QR_INVALID', { param: 'qrCode' });
    case 'QR_EXPIRED':
      return reject('SANDBOX_QR_EXPIRED');
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
