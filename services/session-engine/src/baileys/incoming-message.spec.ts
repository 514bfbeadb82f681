import { proto, type WAMessage } from '@whiskeysockets/baileys';
import { describe, expect, it } from 'vitest';
import { incomingMessage } from './incoming-message.ts';

const key = { id: '3A01', remoteJid: '15551230002@s.whatsapp.net', remoteJidAlt: '77@lid', fromMe: false };
const from = (message: proto.IMessage | undefined, more: object = {}) =>
  incomingMessage({ key: { ...key, ...more }, message } as unknown as WAMessage, false);
const { REVOKE, MESSAGE_EDIT, HISTORY_SYNC_NOTIFICATION } = proto.Message.ProtocolMessage.Type;

describe('An incoming message', () => {
  it('carries phone number and LID of its sender, whichever of them addressed it', () => {
    const expected = { waMessageId: '3A01', phone: '15551230002', lid: '77', kind: 'text', text: 'hi', offline: false };
    expect(from({ conversation: 'hi' })).toMatchObject(expected);
    const byLid = { remoteJid: '77@lid', remoteJidAlt: '15551230002@s.whatsapp.net' };
    expect(from({ conversation: 'hi' }, byLid)).toMatchObject(expected);
  });
  it('in a group is by its participant', () => {
    const inGroup = {
      remoteJid: '1-2@g.us',
      remoteJidAlt: undefined,
      participant: '88@lid',
      participantAlt: '15551230003@s.whatsapp.net',
    };
    expect(from({ conversation: 'hi' }, inGroup)).toMatchObject({ chat: '1-2@g.us', phone: '15551230003', lid: '88' });
  });
  it.each<[string, proto.IMessage, { kind: string; text: string }]>([
    ['extended text', { extendedTextMessage: { text: 'hi' } }, { kind: 'text', text: 'hi' }],
    ['disappearing text', { ephemeralMessage: { message: { conversation: 'hi' } } }, { kind: 'text', text: 'hi' }],
    ['reaction', { reactionMessage: { text: 'ok', key } }, { kind: 'reaction', text: 'ok' }],
    ['reaction taken back', { reactionMessage: { text: '', key } }, { kind: 'reaction', text: '' }],
    ['image with caption', { imageMessage: { caption: 'look' } }, { kind: 'media', text: 'look' }],
    ['voice note', { audioMessage: { ptt: true } }, { kind: 'media', text: '' }],
    ['deletion', { protocolMessage: { type: REVOKE, key } }, { kind: 'delete', text: '' }],
    [
      'edit',
      { protocolMessage: { type: MESSAGE_EDIT, editedMessage: { conversation: 'new' } } },
      { kind: 'edit', text: 'new' },
    ],
    [
      'wrapped edit',
      {
        editedMessage: { message: { protocolMessage: { type: MESSAGE_EDIT, editedMessage: { conversation: 'new' } } } },
      },
      { kind: 'edit', text: 'new' },
    ],
    ['location', { locationMessage: { degreesLatitude: 1 } }, { kind: 'other', text: '' }],
  ])('is recognised: %s', (_, message, expected) => expect(from(message)).toMatchObject(expected));

  it('is not one when we wrote it, when it could not be decrypted, or when it only carries keys', () => {
    expect(from({ conversation: 'hi' }, { fromMe: true })).toBeUndefined();
    expect(from(undefined)).toBeUndefined();
    expect(from({ senderKeyDistributionMessage: { groupId: 'g' } })).toBeUndefined();
    expect(from({ protocolMessage: { type: HISTORY_SYNC_NOTIFICATION } })).toBeUndefined();
  });
});
