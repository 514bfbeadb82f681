/** Why a control call was refused. Callers map these to their own error catalogue. */
export type SandboxErrorCode =
  /** The image or text is not a WhatsApp linking code. */
  | 'QR_UNREADABLE'
  /** The code was replaced, used, belongs to another owner, or its client is gone. */
  | 'QR_EXPIRED'
  /** The number is linked by another owner. */
  | 'PHONE_IN_USE'
  /** No device of this owner is linked to the number. */
  | 'PHONE_NOT_LINKED'
  /** Not a phone number, or one that is not on this network. */
  | 'UNKNOWN_PHONE'
  /** The fault's kind or parameters are not supported. */
  | 'INVALID_FAULT';

/** The only error the control facade throws on purpose; `message` is fit for the caller's eyes. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';
  readonly code: SandboxErrorCode;

  constructor(code: SandboxErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
