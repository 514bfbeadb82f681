import { type PublicEvent, spanKeys } from '@wam/contracts';
import { isTracing, recordSpan } from '@wam/service-kit';
import type { DueDelivery } from './delivery/delivery-table.ts';
import type { AttemptOutcome } from './network/send-attempt.ts';

export interface TracedAttempt {
  tenant: string;
  webhookId: string;
  delivery: DueDelivery;
  body: string;
  outcome: AttemptOutcome;
  /** Epoch ms. */
  atMs: number;
}

export interface TracedTest extends Pick<TracedAttempt, 'tenant' | 'webhookId' | 'outcome' | 'atMs'> {
  requestId: string;
  eventId: string;
  type: string;
}

/** A test is in the trace of the request that asked for it. */
export function traceTest({ tenant, webhookId, requestId, eventId, type, outcome, atMs }: TracedTest): void {
  if (!isTracing()) return;
  recordSpan({
    trace: requestId,
    span: spanKeys.delivery(eventId, 1),
    parent: spanKeys.request(requestId),
    name: `test ${type}`,
    kind: 'client',
    startedAtMs: atMs,
    endedAtMs: atMs + outcome.durationMs,
    attributes: { 'wam.tenant': tenant, 'wam.webhook_id': webhookId, 'wam.event_id': eventId, ...answerOf(outcome) },
    error: noAnswerOf(outcome),
  });
}

/** What is about a message is in its trace; of everything else only the event is known here. */
export function traceAttempt({ tenant, webhookId, delivery, body, outcome, atMs }: TracedAttempt): void {
  if (!isTracing()) return;
  const { type, data } = JSON.parse(body) as PublicEvent;
  const messageId = 'messageId' in data && typeof data.messageId === 'string' ? data.messageId : undefined;
  recordSpan({
    trace: messageId ?? delivery.eventId,
    span: spanKeys.delivery(delivery.id, delivery.attempts + 1),
    parent: messageId === undefined ? undefined : spanKeys.event(delivery.eventId),
    name: `deliver ${type}`,
    kind: 'client',
    startedAtMs: atMs,
    endedAtMs: atMs + outcome.durationMs,
    attributes: {
      'wam.tenant': tenant,
      'wam.webhook_id': webhookId,
      'wam.event_id': delivery.eventId,
      'wam.attempt': delivery.attempts + 1,
      ...answerOf(outcome),
    },
    error: noAnswerOf(outcome),
  });
}

const answerOf = (outcome: AttemptOutcome) => ({
  'http.response.status_code': outcome.kind === 'answered' ? outcome.httpStatus : undefined,
});
const noAnswerOf = ({ kind }: AttemptOutcome): string | undefined => (kind === 'failed' ? 'NoAnswer' : undefined);
