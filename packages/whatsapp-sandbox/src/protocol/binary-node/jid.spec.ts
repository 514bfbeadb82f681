import { jidDecode, jidEncode } from '@whiskeysockets/baileys';
import { expect, test } from 'vitest';
import { formatJid, parseJid } from './jid.ts';

test('a jid is read into user, server and device, and device 0 is the phone itself', () => {
  expect(parseJid('123@s.whatsapp.net')).toEqual({ user: '123', server: 's.whatsapp.net' });
  expect(parseJid('123:7@lid')).toEqual({ user: '123', server: 'lid', device: 7 });
  expect(parseJid('123:0@s.whatsapp.net')).toEqual({ user: '123', server: 's.whatsapp.net' });
  expect(parseJid('@s.whatsapp.net')).toEqual({ user: '', server: 's.whatsapp.net' });
  expect(formatJid({ user: '123', server: 'lid', device: 0 })).toBe('123@lid');
});

test('anything else is not a jid', () => {
  for (const text of ['', '123', '1@2@3', '1:x@lid', '1:2:3@lid', '123@', 'a b@lid']) {
    expect(parseJid(text)).toBeUndefined();
  }
});

test('jids are written and read as Baileys does', () => {
  for (const device of [undefined, 1, 99]) {
    const text = jidEncode('123', 'lid', device);
    expect(formatJid({ user: '123', server: 'lid', ...(device ? { device } : {}) })).toBe(text);
    expect(parseJid(text)?.device).toBe(jidDecode(text)?.device);
  }
});
