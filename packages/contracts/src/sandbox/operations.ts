/** Control of the simulated WhatsApp network, for sandbox sessions of the caller's own account. */
import Type from 'typebox';
import { GivenInstant, Instant, PhoneNumber } from '../ids.ts';
import { defineOperation } from '../operation.ts';

const Linked = Type.Object({ success: Type.Boolean(), phone: Type.String(), lid: Type.String() });

export const scanQr = defineOperation({
  id: 'scanQr',
  method: 'POST',
  path: '/sandbox/phones/scan',
  tag: 'Sandbox',
  summary: 'Scan a QR code with a simulated phone',
  description: 'Takes the qrCode data URL of GET /api/sessions/:sessionId/qr, or its raw text.',
  auth: 'account',
  scope: 'manage',
  body: Type.Object(
    {
      qrCode: Type.String({ minLength: 1, maxLength: 200_000 }),
      phone: Type.Optional(PhoneNumber),
      name: Type.Optional(Type.String({ minLength: 1, maxLength: 50 })),
    },
    { additionalProperties: false },
  ),
  responses: { 200: Linked },
  errors: ['SANDBOX_QR_INVALID', 'SANDBOX_QR_EXPIRED', 'SANDBOX_PHONE_IN_USE', 'SANDBOX_DISABLED'],
  example: { body: { qrCode: 'data:image/png;base64,iVBORw0KGgo...', phone: '15551230001' } },
  route: { via: 'request', service: 'sandbox', timeoutMs: 15_000 },
});

export const enterPairingCode = defineOperation({
  id: 'enterPairingCode',
  method: 'POST',
  path: '/sandbox/phones/pair',
  tag: 'Sandbox',
  summary: 'Type a pairing code on a simulated phone',
  description: 'Takes the code of POST /api/sessions/:sessionId/pairing-code, asked for the same phone.',
  auth: 'account',
  scope: 'manage',
  body: Type.Object(
    {
      phone: PhoneNumber,
      code: Type.String({
        pattern: '^[0-9A-Za-z]{4}-?[0-9A-Za-z]{4}$',
        description: 'Pairing code',
        examples: ['ABCD-1234'],
      }),
    },
    { additionalProperties: false },
  ),
  responses: { 200: Linked },
  errors: ['SANDBOX_CODE_INVALID', 'SANDBOX_CODE_EXPIRED', 'SANDBOX_PHONE_IN_USE', 'SANDBOX_DISABLED'],
  example: { body: { phone: '15551230001', code: 'ABCD-1234' } },
  route: { via: 'request', service: 'sandbox', timeoutMs: 15_000 },
});

export const simulateIncomingMessage = defineOperation({
  id: 'simulateIncomingMessage',
  method: 'POST',
  path: '/sandbox/messages',
  tag: 'Sandbox',
  summary: 'A simulated user writes to a session',
  auth: 'account',
  scope: 'send',
  description:
    'Writes a text, or what `kind` says. `messageId` is an id on the wire of the chat, as an inbox or an earlier answer shows it: what a reaction, an edit or a deletion is about, or a text quotes.',
  body: Type.Object(
    {
      from: PhoneNumber,
      to: PhoneNumber,
      kind: Type.Optional(
        Type.Enum(
          ['text', 'reaction', 'edit', 'delete', 'image', 'video', 'audio', 'document', 'location', 'contact'],
          { default: 'text' },
        ),
      ),
      message: Type.Optional(
        Type.String({ maxLength: 65_536, description: 'Text, new text, caption, emoji, or name of a place or person' }),
      ),
      messageId: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
      fileName: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Of a document' })),
      name: Type.Optional(Type.String({ minLength: 1, maxLength: 50, description: 'Name the user goes by' })),
    },
    { additionalProperties: false },
  ),
  responses: { 200: Type.Object({ success: Type.Boolean(), id: Type.String({ description: 'Id on the wire' }) }) },
  errors: ['SANDBOX_PHONE_NOT_LINKED', 'SANDBOX_DISABLED'],
  example: { body: { from: '919876543210', to: '15551230001', message: 'Hi there' } },
  route: { via: 'request', service: 'sandbox' },
});

export const getInbox = defineOperation({
  id: 'getInbox',
  method: 'GET',
  path: '/sandbox/phones/:number/inbox',
  tag: 'Sandbox',
  summary: 'What a simulated phone has received and decrypted',
  description: 'Only messages sent by sessions of the caller, newest last.',
  auth: 'account',
  scope: 'read',
  params: Type.Object({ number: PhoneNumber }, { additionalProperties: false }),
  query: Type.Object(
    { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })) },
    { additionalProperties: false },
  ),
  responses: {
    200: Type.Object({
      phone: Type.String(),
      messages: Type.Array(
        Type.Object({
          id: Type.String({ description: 'Id on the wire' }),
          from: Type.String(),
          text: Type.String(),
          at: Instant,
          copies: Type.Integer({ description: 'How often this id arrived; more than 1 means a repeat' }),
        }),
      ),
    }),
  },
  errors: ['SANDBOX_DISABLED'],
  example: { params: { number: '919876543210' } },
  route: { via: 'request', service: 'sandbox' },
});

export const injectFault = defineOperation({
  id: 'injectFault',
  method: 'POST',
  path: '/sandbox/faults',
  tag: 'Sandbox',
  summary: 'Make the simulated network misbehave',
  description:
    'Applies to one of your linked phones. `disconnect` closes its connection with `code`; `silence` leaves it open and answers nothing any more; `restrict` lets it start no new chats until `until` (a day from now by default): messages to numbers it is in no chat with are refused with 463; `clear` ends all faults of the phone.',
  auth: 'account',
  scope: 'manage',
  body: Type.Object(
    {
      phone: PhoneNumber,
      kind: Type.Enum([
        'disconnect',
        'unlink',
        'nack',
        'drop-messages',
        'delay-acks',
        'no-receipts',
        'slow-lookups',
        'refuse-logins',
        'silence',
        'restrict',
        'clear',
      ]),
      code: Type.Optional(Type.Integer({ minimum: 400, maximum: 599 })),
      delayMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 120_000 })),
      count: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
      until: Type.Optional(GivenInstant),
    },
    { additionalProperties: false },
  ),
  responses: { 200: Type.Object({ success: Type.Boolean() }) },
  errors: ['SANDBOX_PHONE_NOT_LINKED', 'SANDBOX_FAULT_INVALID', 'SANDBOX_DISABLED'],
  example: { body: { phone: '15551230001', kind: 'disconnect', code: 428 } },
  route: { via: 'request', service: 'sandbox' },
});
