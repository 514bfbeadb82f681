import { generateWAMessage, proto } from '@whiskeysockets/baileys';
import { describe, expect, it } from 'vitest';
import { textMessage } from './text-message.ts';

describe('A text message', () => {
  it('is what Baileys would make of the text, but for its secret', async () => {
    for (const text of ['hello', '', 'with https://example.com in it', '  spaces\nand lines  ']) {
      const baileys = await generateWAMessage(
        '919876543210@s.whatsapp.net',
        { text, linkPreview: null },
        { userJid: '15551234567@s.whatsapp.net', upload: () => Promise.reject(new Error('nothing to upload')) },
      );
      const own = textMessage(text);
      expect(own.messageContextInfo?.messageSecret).toHaveLength(32);
      own.messageContextInfo!.messageSecret = baileys.message!.messageContextInfo!.messageSecret!;
      expect(proto.Message.encode(own).finish()).toEqual(proto.Message.encode(baileys.message!).finish());
    }
  });
});
