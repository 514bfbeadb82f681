import { proto, type WAMessage } from '@whiskeysockets/baileys';
import { describe, expect, it } from 'vitest';
import { incomingMessage } from './incoming-message.ts';

const key = { id: '3A01', remoteJid: '15551230002@s.whatsapp.net', remoteJidAlt: '77@lid', fromMe: false };
const from = (message: proto.IMessage | undefined, more: object = {}) =>
  incomingMessage({ key: { ...key, ...more }, message } as unknown as WAMessage, false, {
    phone: '15551230001',
    lid: '11',
  });
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
      { protocolMessage: { type: MESSAGE_EDIT, key, editedMessage: { conversation: 'new' } } },
      { kind: 'edit', text: 'new' },
    ],
    [
      'wrapped edit',
      {
        editedMessage: {
          message: { protocolMessage: { type: MESSAGE_EDIT, key, editedMessage: { conversation: 'new' } } },
        },
      },
      { kind: 'edit', text: 'new' },
    ],
    ['poll', { pollCreationMessage: { name: 'Lunch?' } }, { kind: 'other', text: '' }],
  ])('is recognised: %s', (_, message, expected) => expect(from(message)).toMatchObject(expected));

  it('that is about another one names it, and whose it is', () => {
    const about = (id: string, fromMe: boolean) => ({ key: { id, fromMe, remoteJid: key.remoteJid } });
    expect(from({ reactionMessage: { text: 'ok', ...about('3EB0', true) } })).toMatchObject({
      target: { waMessageId: '3EB0', ofSession: true },
    });
    expect(from({ protocolMessage: { type: REVOKE, ...about('3A00', true) } })).toMatchObject({
      target: { waMessageId: '3A00', ofSession: false },
    });
  });

  it('that answers another one names it, and whose it is, by number or LID', () => {
    const quoting = (participant: string) => ({
      extendedTextMessage: { text: 'yes', contextInfo: { stanzaId: '3EB0', participant } },
    });
    expect(from(quoting('15551230001@s.whatsapp.net'))?.replyTo).toEqual({ waMessageId: '3EB0', ofSession: true });
    expect(from(quoting('11@lid'))?.replyTo).toEqual({ waMessageId: '3EB0', ofSession: true });
    expect(from(quoting('15551230002@s.whatsapp.net'))?.replyTo).toEqual({ waMessageId: '3EB0', ofSession: false });
    expect(from({ conversation: 'hi' })).not.toHaveProperty('replyTo');
  });

  it('carries the header of its file', () => {
    const document = { fileName: 'a.pdf', mimetype: 'application/pdf', fileLength: 99, caption: 'see' };
    const expected = {
      kind: 'media',
      text: 'see',
      fileName: 'a.pdf',
      media: { type: 'document', mimeType: 'application/pdf', sizeBytes: 99 },
    };
    expect(from({ documentMessage: document })).toMatchObject(expected);
    expect(from({ documentWithCaptionMessage: { message: { documentMessage: document } } })).toMatchObject(expected);
    expect(from({ audioMessage: { ptt: true, seconds: 7 } })?.media).toEqual({ type: 'voice', durationSeconds: 7 });
    expect(from({ videoMessage: { seconds: -1, width: 2, height: 3 } })?.media).toEqual({
      type: 'video',
      widthPixels: 2,
      heightPixels: 3,
    });
  });

  it('carries a place, and the people it passes on', () => {
    expect(from({ locationMessage: { degreesLatitude: 1, degreesLongitude: 2, name: 'Gate' } })).toMatchObject({
      kind: 'location',
      text: 'Gate',
      location: { latitude: 1, longitude: 2, name: 'Gate' },
    });
    const card = (line: string) => `BEGIN:VCARD\nFN:Ann\n${line}\nEND:VCARD`;
    const contact = (line: string) => from({ contactMessage: { displayName: 'Ann', vcard: card(line) } })?.contacts;
    expect(contact('TEL;waid=15551230009:+1 555')).toEqual([{ name: 'Ann', phones: ['15551230009'] }]);
    expect(contact('item1.TEL:+1 (555) 123-0008')).toEqual([{ name: 'Ann', phones: ['15551230008'] }]);
  });

  it('tells the name its sender goes by, and when WhatsApp took it', () => {
    const message = { key, message: { conversation: 'hi' }, pushName: 'Ann', messageTimestamp: 1_700_000_000 };
    expect(incomingMessage(message as unknown as WAMessage, false)).toMatchObject({
      pushName: 'Ann',
      writtenAt: '2023-11-14T22:13:20.000Z',
    });
  });

  it('is not one when we wrote it, when it could not be decrypted, or when it only carries keys', () => {
    expect(from({ conversation: 'hi' }, { fromMe: true })).toBeUndefined();
    expect(from(undefined)).toBeUndefined();
    expect(from({ senderKeyDistributionMessage: { groupId: 'g' } })).toBeUndefined();
    expect(from({ protocolMessage: { type: HISTORY_SYNC_NOTIFICATION } })).toBeUndefined();
  });
});
