import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { proto } from '@whiskeysockets/baileys';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../protocol-error.ts';
import * as codecs from './message-codecs.ts';
import { MESSAGE_SCHEMA } from './message-schema.ts';
import { HISTORY_SYNC_TYPE, PROTOCOL_MESSAGE_TYPE, type WaMessage } from './message-types.ts';

const { waMessageCodec, clientPayloadCodec, historySyncCodec, handshakeMessageCodec } = codecs;

describe('the message schema', () => {
  const require = createRequire(import.meta.resolve('@whiskeysockets/baileys'));
  const theirs = protobuf.parse(
    readFileSync(require.resolve('@whiskeysockets/baileys/WAProto/WAProto.proto'), 'utf8'),
    {
      keepCase: true,
    },
  ).root;
  const ours = protobuf.parse(MESSAGE_SCHEMA, { keepCase: true }).root.lookup('wa') as protobuf.Namespace;
  /** Types that have another place or name there. Signal's own two are not in that file. */
  const places: Record<string, string> = {
    NoiseCertificate: 'CertChain.NoiseCertificate',
    NoiseCertificateDetails: 'CertChain.NoiseCertificate.Details',
    AppVersion: 'DeviceProps.AppVersion',
    DevicePairingData: 'DevicePairingRegistrationData',
    HistorySyncMessage: 'HistorySyncMsg',
  };
  const wireType = (field: protobuf.Field): string => {
    field.resolve();
    if (field.resolvedType instanceof protobuf.Enum) return 'int32';
    return field.resolvedType instanceof protobuf.Type ? 'message' : field.type;
  };

  test('has the numbers and types of the published one', () => {
    const compare = (type: protobuf.Type, scopes: string[]): void => {
      const name = places[type.name] ?? type.name;
      const candidates = scopes.map((scope) => `${scope}${name}`);
      const other = candidates.map((path) => lookup(theirs, path)).find((found) => found !== null);
      expect(other, `${type.fullName} in ${candidates.join(', ')}`).toBeTruthy();
      for (const field of type.fieldsArray) {
        const published = other!.fields[field.name];
        expect(published, `${type.name}.${field.name}`).toBeDefined();
        expect({ id: field.id, type: wireType(field), repeated: field.repeated }).toEqual({
          id: published!.id,
          type: wireType(published!),
          repeated: published!.repeated,
        });
      }
      for (const nested of type.nestedArray) compare(nested as protobuf.Type, [`${name}.`]);
    };
    for (const type of ours.nestedArray) {
      if (!/WhisperMessage/.test(type.name)) compare(type as protobuf.Type, ['Message.', '']);
    }
  });

  test('has the published names of the enumeration values in use', () => {
    expect(proto.Message.ProtocolMessage.Type).toMatchObject(PROTOCOL_MESSAGE_TYPE);
    expect(proto.HistorySync.HistorySyncType).toMatchObject(HISTORY_SYNC_TYPE);
  });
});

describe('the message codecs', () => {
  const samples: WaMessage[] = [
    { conversation: 'hello' },
    { conversation: '' },
    {
      extendedTextMessage: {
        text: 'hi',
        contextInfo: {
          stanzaId: 'A',
          participant: '1@lid',
          quotedMessage: { conversation: 'q' },
          mentionedJid: ['2@lid'],
        },
      },
    },
    { deviceSentMessage: { destinationJid: '1@s.whatsapp.net', message: { conversation: 'copy' } } },
    { protocolMessage: { type: PROTOCOL_MESSAGE_TYPE.REVOKE, key: { remoteJid: '1@lid', fromMe: true, id: 'X' } } },
    {
      protocolMessage: {
        type: PROTOCOL_MESSAGE_TYPE.MESSAGE_EDIT,
        key: { id: 'X' },
        editedMessage: { conversation: 'new' },
        timestampMs: 1_790_000_000_123,
      },
    },
    { reactionMessage: { key: { id: 'X' }, text: 'ok', senderTimestampMs: 1_790_000_000_123 } },
    {
      imageMessage: {
        url: 'https://h/i',
        mimetype: 'image/png',
        fileLength: 5_000_000_000,
        mediaKey: Buffer.alloc(32, 1),
        caption: 'c',
      },
    },
    { documentMessage: { fileName: 'a.pdf', mimetype: 'application/pdf', fileSha256: Buffer.alloc(32, 2) } },
    { audioMessage: { seconds: 3, ptt: true } },
    { videoMessage: { seconds: 3, gifPlayback: false } },
    { messageContextInfo: { messageSecret: Buffer.alloc(32, 3) } },
  ];

  test.each(samples)('exchange %j with Baileys', (message) => {
    const encoded = waMessageCodec.encode(message);
    const theirs = proto.Message.decode(encoded);
    expect(waMessageCodec.decode(encoded)).toEqual(message);
    expect(waMessageCodec.decode(proto.Message.encode(theirs).finish())).toEqual(message);
    expect(Buffer.from(proto.Message.encode(theirs).finish())).toEqual(encoded);
  });

  test('skip fields they do not know', () => {
    const encoded = proto.Message.encode({ conversation: 'x', pollCreationMessage: { name: 'p' } }).finish();
    expect(waMessageCodec.decode(encoded)).toEqual({ conversation: 'x' });
  });

  test('leave absent what was not sent', () => {
    expect(clientPayloadCodec.decode(Buffer.alloc(0))).toEqual({});
    expect(handshakeMessageCodec.decode(Buffer.alloc(0))).toEqual({});
  });

  test('carry a history', () => {
    const history = {
      syncType: HISTORY_SYNC_TYPE.RECENT,
      progress: 100,
      chunkOrder: 1,
      conversations: [
        {
          id: '1@s.whatsapp.net',
          messages: [
            { message: { key: { id: 'A' }, message: { conversation: 'old' }, messageTimestamp: 1_790_000_000 } },
          ],
        },
      ],
      pushnames: [{ id: '1@s.whatsapp.net', pushname: 'One' }],
    };
    const encoded = historySyncCodec.encode(history);
    expect(historySyncCodec.decode(encoded)).toEqual(history);
    expect(proto.HistorySync.decode(encoded).conversations[0]!.messages![0]!.message!.message!.conversation).toBe(
      'old',
    );
  });

  test('answer random bytes with a message or a ProtocolError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(...Object.values(codecs)), (bytes, codec) => {
        try {
          codec.decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  test('refuse messages nested without end', () => {
    let nested = Buffer.alloc(0);
    const deviceSent = 31;
    for (let i = 0; i < 2_000; i++) {
      const inner = Buffer.concat([Buffer.of(0x12), varint(nested.length), nested]);
      nested = Buffer.concat([varint((deviceSent << 3) | 2), varint(inner.length), inner]);
    }
    expect(() => waMessageCodec.decode(nested)).toThrow(ProtocolError);
  });
});

function lookup(root: protobuf.Root, path: string): protobuf.Type | null {
  const found = root.lookup(path);
  return found instanceof protobuf.Type ? found : null;
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 0x7f) | 0x80);
  }
}
