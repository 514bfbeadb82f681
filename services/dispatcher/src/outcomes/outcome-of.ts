import type { MessageEvent } from '@wam/contracts';
import type { StoredEvent } from '@wam/service-kit/nats';

/** How a recipient's message ended. */
export interface Outcome {
  tenant: string;
  sessionId: string;
  campaignId: string;
  messageId: string;
  state: 'sent' | 'failed';
  errorCode: string | undefined;
}

/** The outcome an event tells of; undefined for other events, and for messages of no campaign. Pure. */
export function outcomeOf({ event }: StoredEvent): Outcome | undefined {
  const { type, tenant, data } = event as MessageEvent;
  if (type !== 'MessageSent' && type !== 'MessageFailed') return undefined;
  const { campaignId, messageId, sessionId } = data;
  if (campaignId === undefined) return undefined;
  const errorCode = type === 'MessageFailed' ? (data as { code: string }).code : undefined;
  return { tenant, sessionId, campaignId, messageId, state: type === 'MessageSent' ? 'sent' : 'failed', errorCode };
}
