import type { OutboundMessage } from '../message/outbound-message.ts';

/** The nth accepted message of a session. */
export const message = (position: number, more: Partial<OutboundMessage> = {}): OutboundMessage => ({
  messageId: `m${position}`,
  tenant: 't',
  sessionId: 's',
  waMessageId: `wa${position}`,
  countedOn: undefined,
  to: '15551230002',
  text: `text ${position}`,
  acceptedAt: '2026-01-01T00:00:00.000Z',
  notAfterMs: undefined,
  correlationId: 'c',
  campaignId: undefined,
  position,
  attempts: 0,
  unansweredChecks: 0,
  settled: false,
  ...more,
});
