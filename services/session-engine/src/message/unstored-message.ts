import type { OutboundMessage } from './outbound-message.ts';
import { waMessageIdOf } from './wa-message-id.ts';

type Known = Pick<
  OutboundMessage,
  'tenant' | 'sessionId' | 'messageId' | 'acceptedAt' | 'correlationId' | 'to' | 'text' | 'campaignId' | 'countedOn'
>;

/** A message that ends without ever having been in the table, for its event. What is not known any more is empty. */
export const unstoredMessage = (known: Known): OutboundMessage => ({
  ...known,
  waMessageId: waMessageIdOf(known.sessionId, known.messageId),
  notAfterMs: undefined,
  position: 0,
  attempts: 0,
  unansweredChecks: 0,
  settled: true,
});
