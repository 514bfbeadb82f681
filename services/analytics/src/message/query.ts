import type { AnswerOf, getMessage, listFailedMessages, MessageView } from '@wam/contracts';
import type { Kysely } from '@wam/service-kit/postgres';
import { failureText } from './failure-text.ts';
import { firstCharacters } from './projection.ts';
import { fromTable, type MessageViewTable } from './table.ts';

type Database = Kysely<{ message_view: MessageViewTable }>;

/** An outgoing message of the tenant; undefined when there is none of this id. */
export async function findMessage(
  db: Database,
  tenant: string,
  messageId: string,
): Promise<AnswerOf<typeof getMessage, 200> | undefined> {
  const found = await db
    .selectFrom('message_view')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('message_id', '=', messageId)
    .where('direction', '=', 'out')
    .executeTakeFirst();
  if (found === undefined) return undefined;
  const { sessionId, recipient, status, errorCode, errorReason, ...row } = fromTable(found);
  const { acceptedAt, sentAt, deliveredAt, readAt, failedAt } = row;
  return {
    messageId,
    sessionId,
    to: recipient ?? '',
    status: status as MessageView['status'],
    timeline: { acceptedAt, sentAt, deliveredAt, readAt, failedAt },
    error:
      status === 'failed' ? { code: errorCode ?? 'SEND_FAILED', message: failureText(errorCode, errorReason) } : null,
  };
}

/** Newest first. */
export async function findFailedMessages(
  db: Database,
  tenant: string,
  filter: { limit: number; sessionId?: string },
): Promise<AnswerOf<typeof listFailedMessages, 200>> {
  // failed_at is not null: the condition of the partial index, which also holds failures that a receipt disproved later.
  let query = db
    .selectFrom('message_view')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('failed_at', 'is not', null)
    .where('status', '=', 'failed')
    .orderBy('failed_at', 'desc')
    .orderBy('message_id', 'desc')
    .limit(filter.limit);
  if (filter.sessionId !== undefined) query = query.where('session_id', '=', filter.sessionId);
  const rows = (await query.execute()).map(fromTable);
  return {
    success: true,
    count: rows.length,
    messages: rows.map((row) => ({
      id: row.messageId,
      recipient: row.recipient ?? '',
      error: failureText(row.errorCode, row.errorReason),
      code: row.errorCode ?? 'SEND_FAILED',
      sessionId: row.sessionId,
      timestamp: row.failedAt ?? '',
      message: shortened(row.excerpt ?? ''),
    })),
  };
}

const shownCharacters = 25;

/** Three dots stand for what was left out; a text that fits is shown as it is. */
export function shortened(text: string): string {
  const start = firstCharacters(text, shownCharacters);
  return start === text ? text : `${start}...`;
}
