import { randomBytes, randomUUID } from 'node:crypto';
import { type AnyEvent, eventSchemas, messageSealPurpose, publicEvents } from '@wam/contracts';
import { createSealer, deriveKek } from '@wam/service-kit';
import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { createOpenMessage } from './open-message.ts';
import { toPublicEvent } from './to-public-event.ts';

const kek = randomBytes(32);
const sealer = createSealer({ kek, purposesWithOwnKey: [messageSealPurpose] });
const tenant = randomUUID();
const sessionId = randomUUID();
const messageId = 'msg_01JD8X3M5N6P7Q8R9S0T1V2W3X';
const campaignId = 'cmp_01JD8X3M5N6P7Q8R9S0T1V2W3X';
const at = '2024-01-15T10:30:00.000Z';
const sealed = sealer
  .seal(
    { tenant, purpose: messageSealPurpose, id: messageId },
    JSON.stringify({ phone: '919876543210', lid: '1234', text: 'Hi' }),
  )
  .toString('base64');
/** A process that has nothing but the key of messages. */
const open = createOpenMessage(createSealer({ kek: deriveKek(kek, messageSealPurpose) }));

const progress = { total: 3, pending: 1, sent: 2, failed: 0, optedOut: 0 };
const message = { sessionId, messageId, waMessageId: '3EB0' };
const examples: Record<string, Record<string, unknown>> = {
  SessionCreated: { sessionId, name: 'Bot', description: '', network: 'sandbox', metadata: { customer: '7' } },
  SessionDescribed: { sessionId, name: 'Bot 2', description: '', metadata: { customer: '8' } },
  SessionConnecting: { sessionId },
  SessionQrIssued: { sessionId, expiresAt: at },
  SessionPaired: { sessionId, phone: '15551230001', lid: '99' },
  SessionConnected: { sessionId, phone: '15551230001' },
  SessionReconnecting: { sessionId, cause: 'connection-lost', attempt: 1, delayMs: 500 },
  SessionDisconnected: { sessionId, cause: 'logged-out' },
  SessionFailed: { sessionId, cause: 'banned' },
  SessionRestricted: { sessionId, until: at },
  SessionUnrestricted: { sessionId },
  SessionDeleted: { sessionId },
  MessageAccepted: { ...message, acceptedAt: at, sealed },
  MessageSent: { ...message, acceptedAt: at, campaignId },
  MessageDelivered: message,
  MessageRead: message,
  MessageFailed: { ...message, acceptedAt: at, code: 'NOT_ON_WHATSAPP', reason: 'x', sealed },
  MessageReceived: { ...message, receivedAt: at, kind: 'text', offline: false, sealed },
  CampaignScheduled: { campaignId, startAt: at },
  CampaignStarted: { campaignId, sessionId, total: 3, delayMs: 0 },
  CampaignProgressed: { campaignId, sessionId, ...progress },
  CampaignPaused: { campaignId, sessionId, ...progress, code: 'PAUSED_ON_REQUEST', message: 'Paused on request' },
  CampaignResumed: { campaignId, sessionId, ...progress },
  CampaignRetried: { campaignId, sessionId, ...progress, recipients: 1 },
  CampaignCancelled: { campaignId, sessionId, ...progress, pending: 0, cancelled: 1 },
  CampaignCompleted: { campaignId, sessionId, sent: 2, failed: 1, optedOut: 0 },
  WebhookDisabled: { webhookId: 'wh_01JD8X3M5N6P7Q8R9S0T1V2W3X', reason: 'failing', failingSince: at },
};
const stored = (type: string, more: Partial<AnyEvent> = {}): AnyEvent => ({
  id: `event-${type}`,
  type,
  v: 1,
  version: 1,
  tenant,
  at,
  correlationId: 'c',
  causationId: 'c',
  data: examples[type],
  ...more,
});
const internal = ['SessionMoved', 'MessageAccepted', 'CampaignCreated', 'RecipientsAdded'];
const customerTypes = (['session', 'message', 'campaign', 'webhook'] as const).flatMap((domain) =>
  Object.keys(eventSchemas[domain]),
);

describe('a public event', () => {
  test.each(customerTypes.filter((type) => !internal.includes(type)))('is made of %s as its schema says', (type) => {
    const event = toPublicEvent(stored(type), open);
    if (event === undefined) throw new Error(`${type} is not public`);
    expect(event).toMatchObject({ id: `event-${type}`, timestamp: at });
    expect(event.sessionId).toBe((examples[type] as { sessionId?: string }).sessionId);
    expect([...Value.Errors(publicEvents[event.type], event.data)]).toEqual([]);
    expect(Object.keys(event.data).filter((key) => !(key in publicEvents[event.type].properties))).toEqual([]);
  });

  test('is not made of what is internal, unknown, or of a later version', () => {
    for (const type of [...internal, ...Object.keys(eventSchemas.account), 'SomethingNew'])
      expect(toPublicEvent(stored(type), open)).toBeUndefined();
    expect(toPublicEvent(stored('SessionConnected', { v: 2 }), open)).toBeUndefined();
  });

  test('of a message is opened for the owner, with phone number and LID', () => {
    const event = toPublicEvent(stored('MessageReceived'), open);
    expect(event?.data).toMatchObject({ from: '919876543210', lid: '1234', text: 'Hi' });
    expect(JSON.stringify(event)).not.toContain(sealed);
  });

  test('of a message whose sender hides the number says where it is answered', () => {
    const hidden = createOpenMessage({
      open: () => Buffer.from(JSON.stringify({ phone: '', lid: '1234567', text: 'Hi' })),
    });
    expect(toPublicEvent(stored('MessageReceived'), hidden)?.data).toMatchObject({
      from: '1234567@lid',
      lid: '1234567',
    });
    expect(toPublicEvent(stored('MessageFailed'), hidden)?.data).toMatchObject({ to: '1234567@lid' });
  });

  test('of a message carries header and name of its file, and what it is about', () => {
    const target = { waMessageId: '3EB0', messageId };
    const media = { type: 'document', sizeBytes: 99 };
    const data = { ...(examples.MessageReceived as object), target, media };
    const named = createOpenMessage({
      open: () => Buffer.from(JSON.stringify({ phone: '1', text: '', pushName: 'Asha', fileName: 'bill.pdf' })),
    });
    expect(toPublicEvent(stored('MessageReceived', { data }), named)?.data).toMatchObject({
      ...{ name: 'Asha', target },
      media: { ...media, fileName: 'bill.pdf' },
    });
  });

  test('of a message whose key is gone has no number and no text', () => {
    const strangers = createOpenMessage(createSealer({ kek: randomBytes(32) }));
    expect(toPublicEvent(stored('MessageReceived'), strangers)?.data).toMatchObject({ from: null, text: null });
    expect(toPublicEvent(stored('MessageFailed'), strangers)?.data).toMatchObject({ to: null });
  });

  test('of a failure says why, in the words of the documentation', () => {
    expect(toPublicEvent(stored('MessageFailed'), open)?.data).toEqual({
      sessionId,
      messageId,
      status: 'failed',
      to: '919876543210',
      code: 'NOT_ON_WHATSAPP',
      reason: 'Number not registered on WhatsApp',
    });
  });

  test('of a campaign that is told of while it does not run says where it stands, and why', () => {
    const paused = { status: 'paused', code: 'CAMPAIGN_FAILING', message: 'Most messages failed' };
    for (const type of ['CampaignProgressed', 'CampaignRetried'] as const) {
      const of = (standing: object) =>
        toPublicEvent(stored(type, { data: { ...(examples[type] as object), ...standing } }), open)?.data;
      expect(of(paused)).toMatchObject({ status: 'paused', code: paused.code, reason: paused.message });
      expect(of({ status: 'cancelled' })).toMatchObject({ status: 'cancelled' });
      expect(of({})).toMatchObject({ status: 'running' });
    }
  });

  test('of a QR code does not carry the code', () => {
    expect(toPublicEvent(stored('SessionQrIssued'), open)?.data).toEqual({ sessionId, qrCode: null, expiresAt: at });
  });
});
