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

type Database = Kysely<{ message_view: MessageViewTable }>;

/**
 * How many messages a page whose filters no index serves may look at, step by step: mostly the first is enough, and for as few rows Postgres
 * sorts nothing. The second takes some tens of milliseconds.
 */
export const searchSteps = [500, 20_000] as const;

/**
 * Newest first, one page. Pages are cut by position, not by number, so that new messages do not shift them. What no index serves is found by
 * looking messages through, as many as {@link searchSteps} say: such a page may hold fewer than its limit, and the next one goes on where it ended.
 */
export async function findMessages(
  db: Database,
  tenant: string,
  filter: MessageFilter,
  show: ShowMessage,
): Promise<AnswerOf<typeof listMessages, 200>> {
  const { limit } = filter;
  const { rows, end } = isServedByIndex(filter)
    ? {
        rows: await inOrder(db, tenant, filter)
          .selectAll()
          .limit(limit + 1)
          .execute(),
        end: undefined,
      }
    : await search(db, tenant, filter);
  const page = rows.slice(0, limit).map(fromTable);
  const next = rows.length > limit ? positionOf(rows[limit - 1]!) : end;
  return {
    data: page.map(show),
    hasMore: next !== undefined,
    nextCursor: next === undefined ? null : encodeCursor(next),
  };
}

/** As an index brings them: of the contact, of the failed ones, of the session, or all of the tenant. */
function inOrder(db: Database, tenant: string, filter: MessageFilter) {
  const { sessionId, status, recipient, since, until, direction, after } = filter;
  let query = db
    .selectFrom('message_view')
    .where('tenant', '=', tenant)
    .where('direction', '=', direction)
    // A message whose acceptance is still on its way has no place in the order yet.
    .where('accepted_at', 'is not', null)
    .orderBy('accepted_at', 'desc')
    .orderBy('message_id', 'desc');
  if (recipient !== undefined) query = query.where('recipient', '=', recipient);
  // The condition of the partial index, which also holds failures that a receipt disproved later.
  else if (status === 'failed') query = query.where('failed_at', 'is not', null).where('status', '=', 'failed');
  else if (sessionId !== undefined) query = query.where('session_id', '=', sessionId);
  if (since !== undefined) query = query.where('accepted_at', '>=', new Date(since));
  if (until !== undefined) query = query.where('accepted_at', '<', new Date(until));
  if (after !== undefined)
    query = query.where(
      sql<boolean>`(accepted_at, message_id) < (${new Date(after.acceptedAt)}::timestamptz, ${after.messageId})`,
    );
  return query;
}

/** Of one contact or of the failed ones, a session is told apart by looking; so is any status but failed, always. */
const isServedByIndex = ({ sessionId, status, recipient }: MessageFilter): boolean =>
  (status === undefined || (status === 'failed' && recipient === undefined)) &&
  (sessionId === undefined || (recipient === undefined && status === undefined));

/** @returns one row more than the page has, if there are as many, and where it ended before the list did */
async function search(
  db: Database,
  tenant: string,
  filter: MessageFilter,
): Promise<{ rows: MessageViewTable[]; end: ListPosition | undefined }> {
  const { limit } = filter;
  const rows: MessageViewTable[] = [];
  let end = filter.after;
  for (const count of searchSteps) {
    const from = { ...filter, ...(end && { after: end }) };
    rows.push(
      ...(await lookAt(db, tenant, from, count)
        .limit(limit + 1 - rows.length)
        .execute()),
    );
    if (rows.length > limit) break;
    const [last, next] = await inOrder(db, tenant, from)
      .select(['accepted_at', 'message_id'])
      .offset(count - 1)
      .limit(2)
      .execute();
    if (last === undefined || next === undefined) return { rows, end: undefined };
    // Messages that have come since then move the end before what was found.
    end = older(positionOf(last), rows.at(-1));
  }
  return { rows, end };
}

function lookAt(db: Database, tenant: string, filter: MessageFilter, count: number) {
  const { sessionId, status } = filter;
  let query = db
    .selectFrom(inOrder(db, tenant, filter).selectAll().limit(count).as('looked_at'))
    .selectAll()
    .orderBy('accepted_at', 'desc')
    .orderBy('message_id', 'desc');
  if (sessionId !== undefined) query = query.where('session_id', '=', sessionId);
  if (status !== undefined) query = query.where('status', '=', status);
  return query;
}

const positionOf = ({
  accepted_at,
  message_id,
}: Pick<MessageViewTable, 'accepted_at' | 'message_id'>): ListPosition => ({
  // In a list are those only that have one.
  acceptedAt: accepted_at!.toISOString(),
  messageId: message_id,
});

function older(end: ListPosition, row: MessageViewTable | undefined): ListPosition {
  if (row === undefined) return end;
  const found = positionOf(row);
  const place = ({ acceptedAt, messageId }: ListPosition) => `${acceptedAt} ${messageId}`;
  return place(found) < place(end) ? found : end;
}
