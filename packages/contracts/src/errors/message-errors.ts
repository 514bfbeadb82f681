/** Messages: why one is refused, and why an accepted one failed (status 0). */
import { entry } from './entry.ts';

export const messageErrors = {
  MESSAGE_NOT_FOUND: entry(
    404,
    'Message not found',
    'The requested message does not exist',
    'No message of this account has this id.',
    'Use the messageId returned by the send endpoint.',
  ),
  MESSAGE_NOT_RESENDABLE: entry(
    409,
    'Message not resendable',
    'Only failed messages can be sent again',
    'The message is on its way or has arrived, or its text is not kept any more.',
    'Check its status; send a new message instead.',
  ),
  NOT_ON_WHATSAPP: entry(
    422,
    'Number not on WhatsApp',
    'The recipient is not registered on WhatsApp',
    'WhatsApp knows no device of this number.',
    'Check the number, including its country code.',
  ),
  RECIPIENT_RESTRICTED: entry(
    422,
    'Recipient refused',
    'WhatsApp does not let this number start new chats at the moment',
    'WhatsApp answered 463: the account is limited in contacting people who have not written to it.',
    'Pause new contacts for some hours; message people who wrote first.',
    true,
  ),
  WHATSAPP_REJECTED: entry(
    422,
    'Rejected by WhatsApp',
    'WhatsApp refused the message',
    'The server answered the message with an error code; `details.whatsappCode` has it.',
    'See the code; usually the content or the recipient is at fault.',
  ),
  MESSAGE_EXPIRED: entry(
    0,
    'Message expired',
    'The message could not be sent before its deadline',
    'The session stayed offline, or the queue was too long, until the deadline of the message.',
    'Send it again when the session is connected.',
    true,
  ),
  MESSAGE_DROPPED: entry(
    0,
    'Message dropped',
    'The operator dropped the message before it was sent',
    'The platform could not carry it out, and its operator decided not to try again.',
    'Send it again; report the messageId if it is dropped again.',
    true,
  ),
  SESSION_DELETED: entry(
    0,
    'Session deleted',
    'The session was deleted before the message was sent',
    'Deleting a session ends its waiting messages.',
    'Send it through another session.',
  ),
  SESSION_LOGGED_OUT: entry(
    0,
    'Session logged out',
    'The phone unlinked this session before the message was sent',
    'The session must be linked again before it can send.',
    'Connect the session and scan a new QR code.',
  ),
  SEND_FAILED: entry(
    0,
    'Send failed',
    'The message could not be sent after several attempts',
    'Encryption or the connection failed each time.',
    'Send it again; report the messageId if it stays.',
    true,
  ),
} as const;
