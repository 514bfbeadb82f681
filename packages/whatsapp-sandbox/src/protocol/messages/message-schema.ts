/**
 * The protobuf messages this sandbox speaks, as field numbers. A subset: fields left out here are skipped on decode.
 * Field numbers are protocol facts; compared with WAProto of @whiskeysockets/baileys 7.0.0-rc14 (MIT) by
 * message-codecs.spec.ts. Signal's two messages are public in libsignal's documentation.
 */
export const MESSAGE_SCHEMA = `
syntax = "proto2";
package wa;

message HandshakeMessage {
  optional ClientHello clientHello = 2;
  optional ServerHello serverHello = 3;
  optional ClientFinish clientFinish = 4;
  message ClientHello { optional bytes ephemeral = 1; }
  message ServerHello { optional bytes ephemeral = 1; optional bytes static = 2; optional bytes payload = 3; }
  message ClientFinish { optional bytes static = 1; optional bytes payload = 2; }
}

message CertChain {
  optional NoiseCertificate leaf = 1;
  optional NoiseCertificate intermediate = 2;
}
message NoiseCertificate { optional bytes details = 1; optional bytes signature = 2; }
message NoiseCertificateDetails {
  optional uint32 serial = 1;
  optional uint32 issuerSerial = 2;
  optional bytes key = 3;
  optional uint64 notBefore = 4;
  optional uint64 notAfter = 5;
}

message AppVersion {
  optional uint32 primary = 1;
  optional uint32 secondary = 2;
  optional uint32 tertiary = 3;
  optional uint32 quaternary = 4;
  optional uint32 quinary = 5;
}
message ClientPayload {
  optional uint64 username = 1;
  optional bool passive = 3;
  optional UserAgent userAgent = 5;
  optional string pushName = 7;
  optional int32 connectType = 12;
  optional int32 connectReason = 13;
  optional uint32 device = 18;
  optional DevicePairingData devicePairingData = 19;
  optional bool pull = 33;
  optional bool lidDbMigrated = 41;
  message UserAgent {
    optional int32 platform = 1;
    optional AppVersion appVersion = 2;
    optional string osVersion = 5;
    optional string device = 7;
    optional int32 releaseChannel = 10;
    optional string localeLanguageIso6391 = 11;
    optional string localeCountryIso31661Alpha2 = 12;
  }
  message DevicePairingData {
    optional bytes eRegid = 1;
    optional bytes eKeytype = 2;
    optional bytes eIdent = 3;
    optional bytes eSkeyId = 4;
    optional bytes eSkeyVal = 5;
    optional bytes eSkeySig = 6;
    optional bytes buildHash = 7;
    optional bytes deviceProps = 8;
  }
}
message DeviceProps {
  optional string os = 1;
  optional AppVersion version = 2;
  optional int32 platformType = 3;
  optional bool requireFullSync = 4;
}

message ADVDeviceIdentity {
  optional uint32 rawId = 1;
  optional uint64 timestamp = 2;
  optional uint32 keyIndex = 3;
  optional int32 accountType = 4;
  optional int32 deviceType = 5;
}
message ADVSignedDeviceIdentity {
  optional bytes details = 1;
  optional bytes accountSignatureKey = 2;
  optional bytes accountSignature = 3;
  optional bytes deviceSignature = 4;
}
message ADVSignedDeviceIdentityHMAC { optional bytes details = 1; optional bytes hmac = 2; optional int32 accountType = 3; }

message MessageKey {
  optional string remoteJid = 1;
  optional bool fromMe = 2;
  optional string id = 3;
  optional string participant = 4;
}
message ContextInfo {
  optional string stanzaId = 1;
  optional string participant = 2;
  optional Message quotedMessage = 3;
  optional string remoteJid = 4;
  repeated string mentionedJid = 15;
  optional uint32 forwardingScore = 21;
  optional bool isForwarded = 22;
  optional uint32 expiration = 25;
}
message MessageContextInfo { optional int32 deviceListMetadataVersion = 2; optional bytes messageSecret = 3; }
message Message {
  optional string conversation = 1;
  optional SenderKeyDistributionMessage senderKeyDistributionMessage = 2;
  optional ImageMessage imageMessage = 3;
  optional ContactMessage contactMessage = 4;
  optional LocationMessage locationMessage = 5;
  optional ExtendedTextMessage extendedTextMessage = 6;
  optional DocumentMessage documentMessage = 7;
  optional AudioMessage audioMessage = 8;
  optional VideoMessage videoMessage = 9;
  optional ProtocolMessage protocolMessage = 12;
  optional DeviceSentMessage deviceSentMessage = 31;
  optional MessageContextInfo messageContextInfo = 35;
  optional FutureProofMessage ephemeralMessage = 40;
  optional ReactionMessage reactionMessage = 46;
  optional FutureProofMessage documentWithCaptionMessage = 53;
  optional FutureProofMessage editedMessage = 58;
}
message FutureProofMessage { optional Message message = 1; }
message SenderKeyDistributionMessage { optional string groupId = 1; optional bytes axolotlSenderKeyDistributionMessage = 2; }
message ExtendedTextMessage {
  optional string text = 1;
  optional string matchedText = 2;
  optional string description = 5;
  optional string title = 6;
  optional ContextInfo contextInfo = 17;
}
message ContactMessage {
  optional string displayName = 1;
  optional string vcard = 16;
  optional ContextInfo contextInfo = 17;
}
message LocationMessage {
  optional double degreesLatitude = 1;
  optional double degreesLongitude = 2;
  optional string name = 3;
  optional string address = 4;
  optional ContextInfo contextInfo = 17;
}
message ImageMessage {
  optional string url = 1;
  optional string mimetype = 2;
  optional string caption = 3;
  optional bytes fileSha256 = 4;
  optional uint64 fileLength = 5;
  optional uint32 height = 6;
  optional uint32 width = 7;
  optional bytes mediaKey = 8;
  optional bytes fileEncSha256 = 9;
  optional string directPath = 11;
  optional int64 mediaKeyTimestamp = 12;
  optional bytes jpegThumbnail = 16;
  optional ContextInfo contextInfo = 17;
}
message VideoMessage {
  optional string url = 1;
  optional string mimetype = 2;
  optional bytes fileSha256 = 3;
  optional uint64 fileLength = 4;
  optional uint32 seconds = 5;
  optional bytes mediaKey = 6;
  optional string caption = 7;
  optional bool gifPlayback = 8;
  optional uint32 height = 9;
  optional uint32 width = 10;
  optional bytes fileEncSha256 = 11;
  optional string directPath = 13;
  optional int64 mediaKeyTimestamp = 14;
  optional bytes jpegThumbnail = 16;
  optional ContextInfo contextInfo = 17;
}
message AudioMessage {
  optional string url = 1;
  optional string mimetype = 2;
  optional bytes fileSha256 = 3;
  optional uint64 fileLength = 4;
  optional uint32 seconds = 5;
  optional bool ptt = 6;
  optional bytes mediaKey = 7;
  optional bytes fileEncSha256 = 8;
  optional string directPath = 9;
  optional int64 mediaKeyTimestamp = 10;
  optional ContextInfo contextInfo = 17;
  optional bytes waveform = 19;
}
message DocumentMessage {
  optional string url = 1;
  optional string mimetype = 2;
  optional string title = 3;
  optional bytes fileSha256 = 4;
  optional uint64 fileLength = 5;
  optional uint32 pageCount = 6;
  optional bytes mediaKey = 7;
  optional string fileName = 8;
  optional bytes fileEncSha256 = 9;
  optional string directPath = 10;
  optional int64 mediaKeyTimestamp = 11;
  optional bytes jpegThumbnail = 16;
  optional ContextInfo contextInfo = 17;
  optional string caption = 20;
}
message DeviceSentMessage { optional string destinationJid = 1; optional Message message = 2; optional string phash = 3; }
message ReactionMessage {
  optional MessageKey key = 1;
  optional string text = 2;
  optional string groupingKey = 3;
  optional int64 senderTimestampMs = 4;
}
message ProtocolMessage {
  optional MessageKey key = 1;
  optional int32 type = 2;
  optional HistorySyncNotification historySyncNotification = 6;
  optional Message editedMessage = 14;
  optional int64 timestampMs = 15;
}
message HistorySyncNotification {
  optional bytes fileSha256 = 1;
  optional uint64 fileLength = 2;
  optional bytes mediaKey = 3;
  optional bytes fileEncSha256 = 4;
  optional string directPath = 5;
  optional int32 syncType = 6;
  optional uint32 chunkOrder = 7;
  optional uint32 progress = 9;
  optional bytes initialHistBootstrapInlinePayload = 11;
}

message HistorySync {
  required int32 syncType = 1;
  repeated Conversation conversations = 2;
  optional uint32 chunkOrder = 5;
  optional uint32 progress = 6;
  repeated Pushname pushnames = 7;
}
message Conversation { required string id = 1; repeated HistorySyncMessage messages = 2; optional string name = 13; }
message HistorySyncMessage { optional WebMessageInfo message = 1; optional uint64 msgOrderId = 2; }
message WebMessageInfo {
  required MessageKey key = 1;
  optional Message message = 2;
  optional uint64 messageTimestamp = 3;
  optional int32 status = 4;
  optional string participant = 5;
  optional string pushName = 19;
}
message Pushname { optional string id = 1; optional string pushname = 2; }

message WhisperMessage {
  optional bytes ephemeralKey = 1;
  optional uint32 counter = 2;
  optional uint32 previousCounter = 3;
  optional bytes ciphertext = 4;
}
message PreKeyWhisperMessage {
  optional uint32 preKeyId = 1;
  optional bytes baseKey = 2;
  optional bytes identityKey = 3;
  optional bytes message = 4;
  optional uint32 registrationId = 5;
  optional uint32 signedPreKeyId = 6;
}
`;
