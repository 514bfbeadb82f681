import protobuf from 'protobufjs';
import { refuseAs } from '../protocol-error.ts';
import { MESSAGE_SCHEMA } from './message-schema.ts';
import type {
  AdvDeviceIdentity,
  AdvSignedDeviceIdentity,
  AdvSignedDeviceIdentityHmac,
  CertChain,
  ClientPayload,
  DeviceProps,
  HandshakeMessage,
  HistorySync,
  NoiseCertificateDetails,
  PreKeyWhisperMessage,
  WaMessage,
  WhisperMessage,
} from './message-types.ts';

/** `decode` throws ProtocolError `malformed-message`; unknown fields are skipped. 64-bit integers become numbers. */
export interface Codec<T> {
  encode(value: T): Buffer;
  decode(bytes: Uint8Array): T;
}

const { root } = protobuf.parse(MESSAGE_SCHEMA, { keepCase: true });

function codec<T extends object>(name: string): Codec<T> {
  const type = root.lookupType(`wa.${name}`);
  return {
    encode: (value) => Buffer.from(type.encode(value).finish()),
    decode: (bytes) =>
      refuseAs('malformed-message', `not a ${name}`, () => {
        // toObject leaves out what was not sent, where the decoded instance would show defaults.
        return type.toObject(type.decode(bytes), { longs: Number }) as T;
      }),
  };
}

export const handshakeMessageCodec = codec<HandshakeMessage>('HandshakeMessage');
export const certChainCodec = codec<CertChain>('CertChain');
export const noiseCertificateDetailsCodec = codec<NoiseCertificateDetails>('NoiseCertificateDetails');
export const clientPayloadCodec = codec<ClientPayload>('ClientPayload');
export const devicePropsCodec = codec<DeviceProps>('DeviceProps');
export const advDeviceIdentityCodec = codec<AdvDeviceIdentity>('ADVDeviceIdentity');
export const advSignedDeviceIdentityCodec = codec<AdvSignedDeviceIdentity>('ADVSignedDeviceIdentity');
export const advSignedDeviceIdentityHmacCodec = codec<AdvSignedDeviceIdentityHmac>('ADVSignedDeviceIdentityHMAC');
export const waMessageCodec = codec<WaMessage>('Message');
export const historySyncCodec = codec<HistorySync>('HistorySync');
export const whisperMessageCodec = codec<WhisperMessage>('WhisperMessage');
export const preKeyWhisperMessageCodec = codec<PreKeyWhisperMessage>('PreKeyWhisperMessage');
