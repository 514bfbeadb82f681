import type { AnswerOf, listFailedMessages, MessageView } from '@wam/contracts';
import { failureText } from '@wam/public-events';
import type { Kysely } from '@wam/service-kit/postgres';
import type { ShowMessage } from './message-view.ts';
import { firstCharacters } from './projection.ts';
import { fromTable, type MessageViewTable } from './table.ts';

type Database = Kysely<{ message_view: MessageViewTable }>;

/** A message of the tenant; undefined when there is none of this id. */
export async function findMessage(
  db: Database,
  tenant: string,
  messageId: string,
  show: ShowMessage,
): Promise<MessageView | undefined> {
  const found = await db
    .selectFrom('message_view')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('message_id', '=', messageId)
    .executeTakeFirst();
  return found === undefined ? undefined : show(fromTable(found));
}

export type FailedMessage = { sessionId: string } | 'not-found' | 'not-failed';

/** The session of an outgoing message that has failed. */
export async function findFailedMessage(db: Database, tenant: string, messageId: string): Promise<FailedMessage> {
  const found = await db
    .selectFrom('message_view')
    .select(['session_id', 'status'])
    .where('tenant', '=', tenant)
    .where('message_id', '=', messageId)
    .where('direction', '=', 'out')
    .executeTakeFirst();
  if (found === undefined) return 'not-found';
  return found.status === 'failed' ? { sessionId: found.session_id } : 'not-failed';
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

/** As many as the sample of the documentation shows. */
const shownCharacters = 26;

/** Three dots stand for what was left out; a text that fits is shown as it is. */
export function shortened(text: string): string {
  const start = firstCharacters(text, shownCharacters);
  return start === text ? text : `${start}...`;
}
