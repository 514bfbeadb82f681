/** Which webhooks are told of an event, and what. Pure. */
import { namesEventType, type PublicEvent, type WebhookPayload } from '@wam/contracts';
import type { SessionFacts } from './session-table.ts';

/** What decides whether a webhook is told. */
export interface Subscriber {
  id: string;
  tenant: string;
  /** Types, or all of a kind (`message.*`). Empty: all. */
  eventTypes: readonly string[];
  sessionId: string | null;
  mode: 'live' | 'test';
  ordered: boolean;
}

export function wants(subscriber: Subscriber, event: PublicEvent, session: SessionFacts | undefined): boolean {
  if (subscriber.eventTypes.length > 0 && !namesEventType(subscriber.eventTypes, event.type)) return false;
  if (subscriber.sessionId !== null && subscriber.sessionId !== event.sessionId) return false;
  // Made with a key that reaches sandbox sessions only; what belongs to no session is of the whole account.
  if (subscriber.mode === 'test' && session?.network !== 'sandbox') return false;
  // A webhook cannot be told that it is not told any more.
  return event.type !== 'webhook.disabled' || event.data.webhookId !== subscriber.id;
}

export function payloadOf(event: PublicEvent, session: SessionFacts | undefined): WebhookPayload {
  if (session === undefined) return event;
  const { sessionId, name, phone, lid, metadata } = session;
  return { ...event, session: { sessionId, name, phone, lid, metadata } };
}
