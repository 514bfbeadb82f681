import type { AnswerOf, listAudit, QueryOf, RejectionBody } from '@wam/contracts';
import type { Kysely } from '@wam/service-kit/postgres';
import type { Caller } from '../change/caller.ts';
import type { AuthTables } from '../storage/schema.ts';
import { decodeAuditCursor, encodeAuditCursor } from './audit-cursor.ts';
import { readAuditEntries } from './audit-table.ts';

const defaultLimit = 50;

/** Newest first. Entries that are added while somebody pages neither shift nor repeat what follows. */
export async function pageAudit(
  { limit = defaultLimit, cursor }: QueryOf<typeof listAudit>,
  { tenant }: Caller,
  { db }: { db: Kysely<AuthTables> },
): Promise<AnswerOf<typeof listAudit, 200> | RejectionBody> {
  const after = cursor === undefined ? undefined : decodeAuditCursor(cursor);
  if (cursor !== undefined && after === undefined)
    return { code: 'VALIDATION_FAILED', param: 'cursor', message: 'cursor is not one of a previous answer' };
  // One more than asked tells whether there is a next page.
  const entries = await readAuditEntries(db, tenant, { limit: limit + 1, after });
  const page = entries.slice(0, limit);
  const last = page.at(-1);
  const hasMore = entries.length > limit;
  return {
    data: page.map(({ id, action, actor, subject, requestId, at, details }) => ({
      id,
      action,
      actor,
      subject,
      requestId,
      at: at.toISOString(),
      details,
    })),
    hasMore,
    nextCursor: hasMore && last !== undefined ? encodeAuditCursor(last) : null,
  };
}
