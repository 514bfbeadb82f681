import { createHmac } from 'node:crypto';

/**
 * Id of a message on WhatsApp's wire. Derived, so that a message sent again after a crash is the same message to its receiver
 * (protocol reference, section 4 "Message ids and resend"). The form is the one Baileys itself uses: `3EB0` and 18 hex digits.
 */
export const waMessageIdOf = (sessionId: string, messageId: string): string =>
  `3EB0${createHmac('sha256', sessionId).update(messageId).digest('hex').slice(0, 18).toUpperCase()}`;

const crockford = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Our id of an incoming message; a repeat of the same WhatsApp message in the same chat has the same id. */
export function receivedMessageIdOf(sessionId: string, chat: string, waMessageId: string): string {
  const digest = createHmac('sha256', sessionId).update(`received\n${chat}\n${waMessageId}`).digest();
  let id = 'msg_';
  // One byte per character: 5 of its 8 bits are used, 26 characters are 130 bits.
  for (let i = 0; i < 26; i++) id += crockford[(digest[i] ?? 0) & 31];
  return id;
}
