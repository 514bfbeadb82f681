import { copyLine, copyLines, insertRows, type Kysely, sql } from '@wam/service-kit/postgres';
import type { MessageRow, ReceivedFacts } from './projection.ts';

export interface MessageViewTable {
  message_id: string;
  tenant: string;
  session_id: string;
  wa_message_id: string;
  direction: MessageRow['direction'];
  kind: MessageRow['kind'];
  recipient: string | null;
  excerpt: string | null;
  status: MessageRow['status'];
  accepted_at: Date | null;
  sent_at: Date | null;
  delivered_at: Date | null;
  read_at: Date | null;
  failed_at: Date | null;
  error_code: string | null;
  error_reason: string | null;
  campaign_id: string | null;
  /** JSON. */
  received: string | null;
}

const columns = {
  message_id: 'text',
  tenant: 'uuid',
  session_id: 'uuid',
  wa_message_id: 'text',
  direction: 'text',
  kind: 'text',
  recipient: 'text',
  excerpt: 'text',
  status: 'text',
  accepted_at: 'timestamptz',
  sent_at: 'timestamptz',
  delivered_at: 'timestamptz',
  read_at: 'timestamptz',
  failed_at: 'timestamptz',
  error_code: 'text',
  error_reason: 'text',
  campaign_id: 'text',
  received: 'text',
} as const;
const mutable = Object.keys(columns).filter((name) => name !== 'message_id' && name !== 'tenant');
const replaceRow = sql`on conflict (message_id, tenant) do update set ${sql.join(
  mutable.map((name) => sql`${sql.ref(name)} = ${sql.ref(`excluded.${name}`)}`),
)}`;

/** The same message id of another tenant is another message. */
export const messageKey = (tenant: string, messageId: string): string => `${messageId} ${tenant}`;

export async function loadMessages<DB>(
  db: Kysely<DB>,
  messageIds: readonly string[],
): Promise<Map<string, MessageRow>> {
  const found = await sql<MessageViewTable>`
    select * from message_view where message_id = any(${messageIds}::text[])`.execute(db);
  return new Map(found.rows.map((row) => [messageKey(row.tenant, row.message_id), fromTable(row)]));
}

/** `added` must not be there yet: there is one projector, and it has looked in this transaction. */
export async function saveMessages<DB>(
  db: Kysely<DB>,
  { added, changed }: { added: readonly MessageRow[]; changed: readonly MessageRow[] },
): Promise<void> {
  const lines = added.map((row) => copyLine(Object.values(toTable(row))));
  await copyLines(db, { table: 'message_view', columns: Object.keys(columns) }, lines);
  await insertRows(db, { table: 'message_view', columns, rows: changed.map(toTable), onConflict: replaceRow });
}

/** For `update message_view set`: what an erased message looks like, exactly as the fold of its erased events makes it. */
export const blankContent = sql`recipient = '', excerpt = '',
  received = regexp_replace(received, '"sealed":"[^"]*"', '"sealed":""')`;

export const iso = (at: Date | null): string | null => at?.toISOString() ?? null;

export function fromTable(row: MessageViewTable): MessageRow {
  return {
    tenant: row.tenant,
    messageId: row.message_id,
    sessionId: row.session_id,
    waMessageId: row.wa_message_id,
    direction: row.direction,
    kind: row.kind,
    recipient: row.recipient,
    excerpt: row.excerpt,
    status: row.status,
    acceptedAt: iso(row.accepted_at),
    sentAt: iso(row.sent_at),
    deliveredAt: iso(row.delivered_at),
    readAt: iso(row.read_at),
    failedAt: iso(row.failed_at),
    errorCode: row.error_code,
    errorReason: row.error_reason,
    campaignId: row.campaign_id,
    received: row.received === null ? null : (JSON.parse(row.received) as ReceivedFacts),
  };
}

/** In the order of `columns`. */
function toTable(row: MessageRow): Record<keyof typeof columns, string | null> {
  return {
    message_id: row.messageId,
    tenant: row.tenant,
    session_id: row.sessionId,
    wa_message_id: row.waMessageId,
    direction: row.direction,
    kind: row.kind,
    recipient: row.recipient,
    excerpt: row.excerpt,
    status: row.status,
    accepted_at: row.acceptedAt,
    sent_at: row.sentAt,
    delivered_at: row.deliveredAt,
    read_at: row.readAt,
    failed_at: row.failedAt,
    error_code: row.errorCode,
    error_reason: row.errorReason,
    campaign_id: row.campaignId,
    received: row.received === null ? null : JSON.stringify(row.received),
  };
}
