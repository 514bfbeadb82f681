/** One event of each type as it might be, for tests of receivers. Pure. */
import type { PublicEvent, PublicEventType, WebhookPayload } from '@wam/contracts';
import { webhookTestType } from '@wam/contracts';

const sessionId = '550e8400-e29b-41d4-a716-446655440000';
const messageId = 'msg_01JD8X3M5N6P7Q8R9S0T1V2W3X';
const campaignId = 'cmp_01JD8X3M5N6P7Q8R9S0T1V2W3X';
const webhookId = 'wh_01JD8X3M5N6P7Q8R9S0T1V2W3X';
const phone = '15551230001';
const at = '2024-01-15T10:30:00.000Z';
const session = { sessionId, name: 'Support Bot', phone, lid: '98765432101234', metadata: { customer: '4711' } };

type DataOf<T extends PublicEventType> = Extract<PublicEvent, { type: T }>['data'];
export const sampleData: { [T in PublicEventType]: DataOf<T> } = {
  'session.created': { sessionId, name: 'Support Bot', network: 'sandbox', metadata: session.metadata },
  'session.updated': { sessionId, name: 'Support Bot 2', description: '', metadata: session.metadata },
  'session.connecting': { sessionId },
  'session.qr': { sessionId, qrCode: null, expiresAt: at },
  'session.paired': { sessionId, phone, lid: session.lid },
  'session.connected': { sessionId, phone },
  'session.reconnecting': {
    sessionId,
    reason: 'The connection was lost',
    cause: 'connection-lost',
    attempt: 1,
    delayMs: 500,
  },
  'session.disconnected': { sessionId, reason: 'The phone removed this device', cause: 'logged-out' },
  'session.failed': { sessionId, reason: 'WhatsApp has banned this number', cause: 'banned' },
  'session.restricted': {
    sessionId,
    reason: 'WhatsApp does not let this session start new chats for a time; chats it has go on',
    until: '2026-11-28T09:00:00.000Z',
  },
  'session.unrestricted': { sessionId },
  'session.deleted': { sessionId },
  'message.received': {
    sessionId,
    messageId,
    waMessageId: '3EB0C767D097B7F4',
    from: '919876543210',
    lid: '12345678901234',
    kind: 'text',
    text: 'Hello!',
    offline: false,
    receivedAt: at,
  },
  'message.status': { sessionId, messageId, status: 'delivered' },
  'campaign.scheduled': { campaignId, startAt: '2026-11-28T09:00:00.000Z' },
  'campaign.progress': { sessionId, campaignId, status: 'running', total: 100, sent: 40, failed: 2 },
  'webhook.disabled': { webhookId, reason: 'failing', failingSince: at },
};

export function samplePayload(type: PublicEventType | typeof webhookTestType, id: string, now: Date): WebhookPayload {
  const timestamp = now.toISOString();
  if (type === webhookTestType) return { id, type, timestamp, data: { message: 'It works' } };
  const data = sampleData[type];
  return {
    id,
    type,
    timestamp,
    ...('sessionId' in data ? { sessionId, session } : {}),
    data,
  } as WebhookPayload;
}
