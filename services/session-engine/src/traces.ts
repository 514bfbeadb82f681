/** The engine's part of a message's trace: taken over, sent, its events stored. */
import { type MessageEvent, type SessionCommand, spanKeys, traceKeyOf } from '@wam/contracts';
import { isTracing, recordSpan, type SpanFacts } from '@wam/service-kit';
import type { OutboundMessage, SendOutcome } from './message/outbound-message.ts';

const attributesOf = ({ tenant, sessionId, messageId, campaignId }: OutboundMessage) => ({
  'wam.tenant': tenant,
  'wam.session_id': sessionId,
  'wam.message_id': messageId,
  'wam.campaign_id': campaignId,
});

export function traceAcceptance(message: OutboundMessage, startedAtMs: number, endedAtMs: number): void {
  if (!isTracing()) return;
  const { messageId } = message;
  recordSpan({
    trace: messageId,
    span: spanKeys.accept(messageId),
    parent: spanKeys.command(messageId),
    name: 'accept SendMessage',
    kind: 'consumer',
    startedAtMs,
    endedAtMs,
    attributes: attributesOf(message),
  });
}

/** A command about a session, from its turn to its answer. */
export const carriedOutSpan = ({ id, type, tenant, correlationId, data: { sessionId } }: SessionCommand) =>
  ({
    trace: correlationId,
    span: spanKeys.accept(id),
    parent: spanKeys.command(id),
    name: `carry out ${type}`,
    kind: 'consumer',
    attributes: { 'wam.tenant': tenant, 'wam.session_id': sessionId, 'wam.command_id': id },
  }) as const satisfies Omit<SpanFacts, 'startedAtMs' | 'endedAtMs'>;

/** Until WhatsApp's acknowledgement, or until it was clear that none would come. */
export function traceSend({
  message,
  outcome,
  at,
}: {
  message: OutboundMessage;
  outcome: SendOutcome;
  at: string;
}): void {
  if (!isTracing()) return;
  const { messageId, writtenAtMs, acceptedAt, attempts } = message;
  recordSpan({
    trace: messageId,
    span: spanKeys.send(messageId),
    parent: spanKeys.accept(messageId),
    name: 'send to WhatsApp',
    kind: 'client',
    startedAtMs: writtenAtMs ?? Date.parse(acceptedAt),
    endedAtMs: Date.parse(at),
    attributes: { ...attributesOf(message), 'wam.stanzas': attempts },
    error: outcome.kind === 'failed' ? outcome.code : undefined,
  });
}

export const eventSpan = (event: MessageEvent): Omit<SpanFacts, 'startedAtMs' | 'endedAtMs'> => ({
  trace: traceKeyOf(event),
  span: spanKeys.event(event.id),
  parent: causeOf(event),
  name: `store ${event.type}`,
  kind: 'producer',
  attributes: { 'wam.tenant': event.tenant, 'wam.event_id': event.id, 'wam.message_id': event.data.messageId },
});

/** A received message begins its trace; a receipt answers what was sent. */
function causeOf({ type, data: { messageId } }: MessageEvent): string | undefined {
  if (type === 'MessageAccepted') return spanKeys.accept(messageId);
  if (type === 'MessageSent' || type === 'MessageFailed') return spanKeys.send(messageId);
  if (type === 'MessageDelivered' || type === 'MessageRead') return spanKeys.send(messageId);
  return undefined;
}
