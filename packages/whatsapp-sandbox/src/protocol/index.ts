/**
 * WhatsApp's protocol as pure functions and state machines: bytes or nodes in, bytes or nodes out. Independent of
 * Baileys and libsignal on purpose, so that those two really are cross-checked by talking to it.
 */

export { decodeNode } from './binary-node/decode-node.ts';
export { encodeNode } from './binary-node/encode-node.ts';
export { formatJid, type Jid, parseJid } from './binary-node/jid.ts';
export {
  childNode,
  childNodes,
  contentBytes,
  contentText,
  contentUint,
  type Node,
  uintBytes,
} from './binary-node/node.ts';
export { KeyPair, type RandomBytes, rawPublicKey, typedPublicKey } from './curve25519/x25519.ts';
export { signXEdDsa, verifyXEdDsa } from './curve25519/xeddsa.ts';
export * from './messages/message-codecs.ts';
export * from './messages/message-types.ts';
export { NoiseResponder, type NoiseResponderOptions } from './noise/noise-responder.ts';
export { createServerIdentity, type SerialisedServerIdentity, type ServerIdentity } from './noise/server-identity.ts';
export { buildDeviceIdentity, type DeviceIdentityInput, verifyDeviceSignature } from './pairing/device-identity.ts';
export {
  derivePairingCodeKey,
  type OpenedKeyBundle,
  openKeyBundle,
  unwrapEphemeralKey,
  wrapEphemeralKey,
} from './pairing/pairing-code.ts';
export { type PairingQr, parsePairingQr } from './pairing/pairing-qr.ts';
export {
  DuplicateMessageError,
  ProtocolError,
  type ProtocolErrorCode,
  UndecryptableMessageError,
} from './protocol-error.ts';
export { padMessage, unpadMessage } from './signal/message-padding.ts';
export type { PreKeyBundle } from './signal/pre-key-bundle.ts';
export { type CiphertextType, type EncryptedMessage, SignalDevice } from './signal/signal-device.ts';
export type { SignalDeviceState, SignalKeysState, SignalPeerState } from './signal/signal-device-state.ts';
