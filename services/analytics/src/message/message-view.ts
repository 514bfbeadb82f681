import type { MessageView } from '@wam/contracts';
import { failureText } from '@wam/public-events';
import type { MessageRow } from './projection.ts';

/** A message as the API shows it. Number and text are empty when the key that sealed them is gone. */
export function messageViewOf(row: MessageRow): MessageView {
  const { messageId, sessionId, direction, status, campaignId, errorCode, errorReason } = row;
  const { acceptedAt, sentAt, deliveredAt, readAt, failedAt } = row;
  const other = row.recipient ?? '';
  return {
    messageId,
    sessionId,
    direction,
    to: direction === 'out' ? other : null,
    from: direction === 'in' ? other : null,
    status,
    text: row.excerpt ?? '',
    campaignId,
    timeline: { acceptedAt, sentAt, deliveredAt, readAt, failedAt },
    error:
      status === 'failed' ? { code: errorCode ?? 'SEND_FAILED', message: failureText(errorCode, errorReason) } : null,
  };
}
