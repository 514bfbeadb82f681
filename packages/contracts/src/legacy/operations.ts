/** The first API: one session per account, made by itself. Kept for the clients that use it; bodies are those of the session endpoints. */
import Type from 'typebox';
import { ContactAddress } from '../contact/contact-address.ts';
import { Uuid } from '../ids.ts';
import { MessageText, sendMessage } from '../message/operations.ts';
import { defineOperation } from '../operation.ts';
import { SessionStatus } from '../session/events.ts';
import { SessionQr, SessionStatusView } from '../session/operations.ts';

const Initialised = Type.Object({
  success: Type.Boolean(),
  sessionId: Uuid,
  status: SessionStatus,
  message: Type.String(),
});

export const initWhatsApp = defineOperation({
  id: 'initWhatsApp',
  method: 'POST',
  path: '/api/whatsapp/init',
  tag: 'Legacy',
  summary: 'Create or connect the default session',
  description:
    'The default session is the oldest one of the account; without any, one is created (201). Calls at the same moment get the same session. Afterwards fetch /api/whatsapp/qr.',
  auth: 'account',
  scope: 'manage',
  legacy: true,
  responses: { 200: Initialised, 201: Initialised },
  errors: [],
  example: {},
  route: { via: 'command', command: 'CreateSession', waitMs: 10_000, session: 'default-or-new' },
});

export const getWhatsAppQr = defineOperation({
  id: 'getWhatsAppQr',
  method: 'GET',
  path: '/api/whatsapp/qr',
  tag: 'Legacy',
  summary: 'QR code of the default session',
  description: 'As GET /api/sessions/:sessionId/qr.',
  auth: 'account',
  scope: 'manage',
  legacy: true,
  responses: { 200: SessionQr },
  errors: ['SESSION_NOT_FOUND'],
  example: {},
  route: { via: 'owner', timeoutMs: 12_000, session: 'default' },
});

export const getWhatsAppStatus = defineOperation({
  id: 'getWhatsAppStatus',
  method: 'GET',
  path: '/api/whatsapp/status',
  tag: 'Legacy',
  summary: 'Connection status of the default session',
  description: 'As GET /api/sessions/:sessionId/status.',
  auth: 'account',
  scope: 'read',
  legacy: true,
  responses: { 200: SessionStatusView },
  errors: ['SESSION_NOT_FOUND'],
  example: {},
  route: { via: 'request', service: 'analytics' },
});

export const sendWhatsAppMessage = defineOperation({
  id: 'sendWhatsAppMessage',
  method: 'POST',
  path: '/api/whatsapp/send',
  tag: 'Legacy',
  summary: 'Send a text message through the default session',
  description: 'As POST /api/sessions/:sessionId/send.',
  auth: 'account',
  scope: 'send',
  quota: 'one',
  legacy: true,
  body: Type.Object({ number: ContactAddress, message: MessageText }, { additionalProperties: false }),
  responses: sendMessage.responses,
  errors: sendMessage.errors,
  example: { body: { number: '919876543210', message: 'Hello from WAMessenger!' } },
  route: { via: 'command', command: 'SendMessage', waitMs: 10_000, session: 'default' },
});
