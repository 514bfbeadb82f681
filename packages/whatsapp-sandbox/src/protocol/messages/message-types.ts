/** TypeScript shapes of the messages in message-schema.ts. Absent fields are absent, never defaulted. */

export interface HandshakeMessage {
  clientHello?: { ephemeral?: Buffer };
  serverHello?: { ephemeral?: Buffer; static?: Buffer; payload?: Buffer };
  clientFinish?: { static?: Buffer; payload?: Buffer };
}

export interface CertChain {
  leaf?: { details?: Buffer; signature?: Buffer };
  intermediate?: { details?: Buffer; signature?: Buffer };
}

/** `notBefore` and `notAfter` in seconds since 1970. */
export interface NoiseCertificateDetails {
  serial?: number;
  issuerSerial?: number;
  key?: Buffer;
  notBefore?: number;
  notAfter?: number;
}

export interface AppVersion {
  primary?: number;
  secondary?: number;
  tertiary?: number;
  quaternary?: number;
  quinary?: number;
}

/**
 * What a client says about itself inside the Noise handshake. With `devicePairingData` it asks to be paired; with
 * `username` (the phone number) and `device` it logs in.
 */
export interface ClientPayload {
  username?: number;
  passive?: boolean;
  userAgent?: {
    platform?: number;
    appVersion?: AppVersion;
    osVersion?: string;
    device?: string;
    releaseChannel?: number;
    localeLanguageIso6391?: string;
    localeCountryIso31661Alpha2?: string;
  };
  pushName?: string;
  connectType?: number;
  connectReason?: number;
  device?: number;
  devicePairingData?: DevicePairingData;
  pull?: boolean;
  lidDbMigrated?: boolean;
}

/** Keys of the companion that wants to be paired. `eRegid` has 4 bytes, `eSkeyId` 3, both big-endian. */
export interface DevicePairingData {
  eRegid?: Buffer;
  eKeytype?: Buffer;
  eIdent?: Buffer;
  eSkeyId?: Buffer;
  eSkeyVal?: Buffer;
  eSkeySig?: Buffer;
  buildHash?: Buffer;
  deviceProps?: Buffer;
}

export interface DeviceProps {
  os?: string;
  version?: AppVersion;
  platformType?: number;
  requireFullSync?: boolean;
}

/** `timestamp` in seconds since 1970; the types are 0 for an ordinary (end-to-end encrypted) account. */
export interface AdvDeviceIdentity {
  rawId?: number;
  timestamp?: number;
  keyIndex?: number;
  accountType?: number;
  deviceType?: number;
}

export interface AdvSignedDeviceIdentity {
  details?: Buffer;
  accountSignatureKey?: Buffer;
  accountSignature?: Buffer;
  deviceSignature?: Buffer;
}

export interface AdvSignedDeviceIdentityHmac {
  details?: Buffer;
  hmac?: Buffer;
  accountType?: number;
}

export interface MessageKey {
  remoteJid?: string;
  fromMe?: boolean;
  id?: string;
  participant?: string;
}

export interface ContextInfo {
  stanzaId?: string;
  participant?: string;
  quotedMessage?: WaMessage;
  remoteJid?: string;
  mentionedJid?: string[];
  forwardingScore?: number;
  isForwarded?: boolean;
  expiration?: number;
}

/** Where an encrypted file lies and the key that opens it. `fileLength` in bytes. */
export interface MediaHeader {
  url?: string;
  mimetype?: string;
  fileSha256?: Buffer;
  fileLength?: number;
  mediaKey?: Buffer;
  fileEncSha256?: Buffer;
  directPath?: string;
  mediaKeyTimestamp?: number;
  contextInfo?: ContextInfo;
}

export interface ImageMessage extends MediaHeader {
  caption?: string;
  height?: number;
  width?: number;
  jpegThumbnail?: Buffer;
}

export interface VideoMessage extends ImageMessage {
  seconds?: number;
  gifPlayback?: boolean;
}

export interface AudioMessage extends MediaHeader {
  seconds?: number;
  ptt?: boolean;
  waveform?: Buffer;
}

export interface DocumentMessage extends MediaHeader {
  title?: string;
  fileName?: string;
  caption?: string;
  pageCount?: number;
  jpegThumbnail?: Buffer;
}

export interface ContactMessage {
  displayName?: string;
  vcard?: string;
  contextInfo?: ContextInfo;
}

export interface LocationMessage {
  degreesLatitude?: number;
  degreesLongitude?: number;
  name?: string;
  address?: string;
  contextInfo?: ContextInfo;
}

/** `ProtocolMessage.type`. */
export const PROTOCOL_MESSAGE_TYPE = { REVOKE: 0, HISTORY_SYNC_NOTIFICATION: 5, MESSAGE_EDIT: 14 } as const;

/** `HistorySync.syncType` and `HistorySyncNotification.syncType`. */
export const HISTORY_SYNC_TYPE = { INITIAL_BOOTSTRAP: 0, FULL: 2, RECENT: 3, PUSH_NAME: 4 } as const;

export interface ProtocolMessage {
  key?: MessageKey;
  type?: number;
  historySyncNotification?: HistorySyncNotification;
  editedMessage?: WaMessage;
  timestampMs?: number;
}

export interface HistorySyncNotification {
  fileSha256?: Buffer;
  fileLength?: number;
  mediaKey?: Buffer;
  fileEncSha256?: Buffer;
  directPath?: string;
  syncType?: number;
  chunkOrder?: number;
  progress?: number;
  /** A zlib-deflated HistorySync, for a history small enough to travel in the message. */
  initialHistBootstrapInlinePayload?: Buffer;
}

/** What is inside an `enc` node once decrypted and unpadded. */
export interface WaMessage {
  conversation?: string;
  senderKeyDistributionMessage?: { groupId?: string; axolotlSenderKeyDistributionMessage?: Buffer };
  imageMessage?: ImageMessage;
  contactMessage?: ContactMessage;
  locationMessage?: LocationMessage;
  extendedTextMessage?: {
    text?: string;
    matchedText?: string;
    description?: string;
    title?: string;
    contextInfo?: ContextInfo;
  };
  documentMessage?: DocumentMessage;
  audioMessage?: AudioMessage;
  videoMessage?: VideoMessage;
  protocolMessage?: ProtocolMessage;
  /** The copy that a companion sends to its own account's other devices. */
  deviceSentMessage?: { destinationJid?: string; message?: WaMessage; phash?: string };
  messageContextInfo?: { deviceListMetadataVersion?: number; messageSecret?: Buffer };
  ephemeralMessage?: { message?: WaMessage };
  reactionMessage?: { key?: MessageKey; text?: string; groupingKey?: string; senderTimestampMs?: number };
  documentWithCaptionMessage?: { message?: WaMessage };
  editedMessage?: { message?: WaMessage };
}

export interface HistorySync {
  syncType: number;
  conversations?: Array<{
    id: string;
    messages?: Array<{ message?: WebMessageInfo; msgOrderId?: number }>;
    name?: string;
  }>;
  chunkOrder?: number;
  progress?: number;
  pushnames?: Array<{ id?: string; pushname?: string }>;
}

export interface WebMessageInfo {
  key: MessageKey;
  message?: WaMessage;
  messageTimestamp?: number;
  status?: number;
  participant?: string;
  pushName?: string;
}

export interface WhisperMessage {
  ephemeralKey?: Buffer;
  counter?: number;
  previousCounter?: number;
  ciphertext?: Buffer;
}

export interface PreKeyWhisperMessage {
  preKeyId?: number;
  baseKey?: Buffer;
  identityKey?: Buffer;
  message?: Buffer;
  registrationId?: number;
  signedPreKeyId?: number;
}
