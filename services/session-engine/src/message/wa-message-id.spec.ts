import { describe, expect, it } from 'vitest';
import { receivedMessageIdOf, waMessageIdOf } from './wa-message-id.ts';

const session = '550e8400-e29b-41d4-a716-446655440000';
const message = 'msg_01JD8X3M5N6P7Q8R9S0T1V2W3X';

describe('The id of a message on the wire', () => {
  it('has the form Baileys gives its own: 3EB0 and 18 hex digits', () =>
    expect(waMessageIdOf(session, message)).toMatch(/^3EB0[0-9A-F]{18}$/));
  it('is the same for a resend', () => expect(waMessageIdOf(session, message)).toBe(waMessageIdOf(session, message)));
  it('differs by session and by message', () => {
    const other = '650e8400-e29b-41d4-a716-446655440000';
    expect(waMessageIdOf(other, message)).not.toBe(waMessageIdOf(session, message));
    expect(waMessageIdOf(session, `${message.slice(0, -1)}Y`)).not.toBe(waMessageIdOf(session, message));
  });
});

describe('Our id of an incoming message', () => {
  const chat = '15551230002@s.whatsapp.net';
  it('has the form of every message id', () =>
    expect(receivedMessageIdOf(session, chat, '3A01')).toMatch(/^msg_[0-9A-HJKMNP-TV-Z]{26}$/));
  it('is the same for a repeat, and another for another chat', () => {
    expect(receivedMessageIdOf(session, chat, '3A01')).toBe(receivedMessageIdOf(session, chat, '3A01'));
    expect(receivedMessageIdOf(session, '1@g.us', '3A01')).not.toBe(receivedMessageIdOf(session, chat, '3A01'));
  });
});
