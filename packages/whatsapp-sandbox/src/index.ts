export { DEFAULT_BEHAVIOUR, type SandboxBehaviour } from './behaviour.ts';
export type { Clock } from './clock.ts';
export type { EnterPairingCodeRequest, LinkedPhone, ScanQrRequest } from './control/link-phone.ts';
export { readQrText } from './control/read-qr-image.ts';
export type { SendMessageRequest, UserContent } from './control/send-message.ts';
export { ADMIN_OWNER, createSandbox } from './create-sandbox.ts';
export {
  DROP_CODES,
  type DropCode,
  FAULT_KINDS,
  type FaultEffect,
  type FaultKind,
  type FaultScope,
  type FaultSpec,
} from './faults/fault.ts';
export type { SandboxLogger } from './logger.ts';
export { MAGIC_RECIPIENTS, type MagicEffect, type MagicRecipient, magicEffectOf } from './magic-recipients.ts';
export type { DisconnectRequest, InboxRequest, LinkedPhoneStatus, Sandbox, SandboxOptions } from './sandbox.ts';
export { SandboxError, type SandboxErrorCode } from './sandbox-error.ts';
export type { DropKind } from './server/drop-connection.ts';
export type { InboxMessage } from './state/inbox.ts';
export type { Login } from './state/login-log.ts';
export type { MessageKind } from './state/message-content.ts';
export type { LedgerEntry } from './state/message-ledger.ts';
export type { SentCopy } from './state/phone.ts';
