import type { MessageView, ReceivedContent } from '@wam/contracts';
import { failureText, type OpenMessage } from '@wam/public-events';
import type { MessageRow } from './projection.ts';

export type ShowMessage = (row: MessageRow) => MessageView;

/** A message as the API shows it. Number and text are empty when the key that sealed them is gone. */
export const createShowMessage =
  (open: OpenMessage): ShowMessage =>
  (row) => {
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
      received: row.received === null ? null : receivedContent(row, row.received, open),
    };
  };

function receivedContent(
  { tenant, messageId, kind, excerpt }: MessageRow,
  { sealed, offline, writtenAt, target, replyTo, media }: NonNullable<MessageRow['received']>,
  open: OpenMessage,
): ReceivedContent {
  const content = open({ tenant, data: { messageId } }, sealed);
  const fileName = content?.fileName;
  return {
    kind,
    text: content?.text ?? excerpt ?? '',
    fromName: content?.pushName ?? null,
    fromLid: content?.lid ?? null,
    group: content?.group ?? null,
    writtenAt: writtenAt ?? null,
    offline,
    target: target ?? null,
    replyTo: replyTo ?? null,
    media: media === undefined ? null : { ...media, ...(fileName === undefined ? {} : { fileName }) },
    location: content?.location ?? null,
    contacts: content?.contacts ?? null,
  };
}
