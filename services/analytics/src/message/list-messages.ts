import type { AnswerOf, listMessages, QueryOf } from '@wam/contracts';
import { type Kysely, sql } from '@wam/service-kit/postgres';
import { encodeCursor, type ListPosition } from './list-cursor.ts';
import type { ShowMessage } from './message-view.ts';
import { fromTable, type MessageViewTable } from './table.ts';

export interface MessageFilter extends Omit<QueryOf<typeof listMessages>, 'cursor' | 'limit'> {
  direction: 'out' | 'in';
  limit: number;
  /** Rows behind this one only. */
  after?: ListPosition;
}

/**
 * Newest first, one page. Pages are cut by position, not by number, so that new messages do not shift them. A status other than
 * `failed` is in no index: its page is found by reading messages until it is full.
 */
export async function findMessages(
  db: Kysely<{ message_view: MessageViewTable }>,
  tenant: string,
  filter: MessageFilter,
  show: ShowMessage,
): Promise<AnswerOf<typeof listMessages, 200>> {
  const { sessionId, status, recipient, since, until, direction, limit, after } = filter;
  let query = db
    .selectFrom('message_view')
    .selectAll()
    .where('tenant', '=', tenant)
    .where('direction', '=', direction)
    // A message whose acceptance is still on its way has no place in the order yet.
    .where('accepted_at', 'is not', null)
    .orderBy('accepted_at', 'desc')
    .orderBy('message_id', 'desc')
    .limit(limit + 1);
  if (sessionId !== undefined) query = query.where('session_id', '=', sessionId);
  if (recipient !== undefined) query = query.where('recipient', '=', recipient);
  if (status !== undefined) query = query.where('status', '=', status);
  // The condition of the partial index.
  if (status === 'failed') query = query.where('failed_at', 'is not', null);
  if (since !== undefined) query = query.where('accepted_at', '>=', new Date(since));
  if (until !== undefined) query = query.where('accepted_at', '<', new Date(until));
  if (after !== undefined)
    query = query.where(
      sql<boolean>`(accepted_at, message_id) < (${new Date(after.acceptedAt)}::timestamptz, ${after.messageId})`,
    );

  const rows = (await query.execute()).map(fromTable);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const hasMore = rows.length > limit;
  const nextCursor =
    hasMore && last !== undefined && last.acceptedAt !== null
      ? encodeCursor({ acceptedAt: last.acceptedAt, messageId: last.messageId })
      : null;
  return { data: page.map(show), hasMore, nextCursor };
}
