/** The table `outbound`: accepted messages, in order, from acceptance to some days after their end. */
import { type ErrorCode, partitionOf } from '@wam/contracts';
import { databaseOfTenant, sql, unnestRows } from '@wam/service-kit/postgres';
import type { EngineDatabase } from '../database/tables.ts';
import type { OwnedSession } from '../ownership/tenures.ts';
import { type Failure, failed, type OutboundMessage, type SendOutcome } from './outbound-message.ts';

export type AcceptedMessage = Omit<OutboundMessage, 'position' | 'attempts' | 'unansweredChecks' | 'settled'>;

export interface StoredMessage {
  message: OutboundMessage;
  state: 'waiting' | 'sent' | 'failed';
  failure?: { code: ErrorCode; details?: Record<string, unknown> };
}
export interface OutboundStore {
  /** Stores what is new; answers one by one what the table holds then. */
  accept(messages: readonly AcceptedMessage[]): Promise<(StoredMessage & { isNew: boolean })[]>;
  /** A message of this tenant and session, while the table keeps it. */
  find(reference: { tenant: string; sessionId: string; messageId: string }): Promise<StoredMessage | undefined>;
  /** Waiting messages of a session behind a position, in order. */
  waiting(sessionId: string, afterPosition: number, limit: number): Promise<OutboundMessage[]>;
  sessionsWithWaiting(partition: number): Promise<string[]>;
  /** What waits in a session goes to the pool that it was moved to. */
  follow(sessionId: string, to: string): Promise<void>;
  /** Waiting messages of these partitions whose deadline has passed at that time, but those in `except`. */
  overdue(
    partitions: readonly number[],
    at: Date,
    except: readonly string[],
    limit: number,
  ): Promise<OutboundMessage[]>;
  /**
   * Writes that these failed, before anybody is told: whoever finds one waiting after this owner ends it the same way. Answers what holds, by id: a
   * decision of before stays. Without those that have an end or whose session has a later owner.
   */
  decide(failures: readonly MessageEnd<Failure>[]): Promise<Map<string, Failure>>;
  /** Writes the end of messages; a message that has an end already keeps it, and so does one whose session has a later owner. */
  finish(ends: readonly MessageEnd<SendOutcome>[]): Promise<void>;
  findByWaMessageIds(
    refs: readonly WaMessageRef[],
  ): Promise<(WaMessageRef & { messageId: string; state: StoredMessage['state'] })[]>;
  /** Text of a message sent by this session, for a recipient who asks again; undefined when its contact was erased. */
  sentText(sessionId: string, waMessageId: string): Promise<string | undefined>;
  /** Removes finished messages accepted before then; answers how many. */
  forgetBefore(instant: Date, limit: number): Promise<number>;
}
export interface MessageEnd<Outcome extends SendOutcome> {
  owned: OwnedSession;
  messageId: string;
  outcome: Outcome;
}
export interface WaMessageRef {
  sessionId: string;
  waMessageId: string;
}
export interface MessageSealer {
  seal(tenant: string, messageId: string, content: { to: string; text: string }): Buffer;
  open(tenant: string, messageId: string, sealed: Buffer): { to: string; text: string };
}

const columns = {
  message_id: 'text',
  tenant: 'uuid',
  session_id: 'uuid',
  pool: 'text',
  partition: 'int4',
  wa_message_id: 'text',
  state: 'text',
  sealed: 'bytea',
  accepted_at: 'timestamptz',
  not_after: 'timestamptz',
  correlation_id: 'text',
  campaign_id: 'text',
  counted_on: 'date',
} as const;
const endColumns = {
  message_id: 'text',
  session_id: 'uuid',
  epoch: 'int8',
  state: 'text',
  failure_code: 'text',
  failure_details: 'jsonb',
} as const;
const refColumns = { session_id: 'uuid', wa_message_id: 'text' } as const;

interface Row {
  message_id: string;
  position: number;
  tenant: string;
  session_id: string;
  wa_message_id: string;
  state: 'waiting' | 'sent' | 'failed';
  sealed: Buffer;
  accepted_at: Date;
  not_after: Date | null;
  correlation_id: string;
  campaign_id: string | null;
  counted_on: string | null;
  failure_code: string | null;
  failure_details: unknown;
}

export interface OutboundStoreOptions {
  db: EngineDatabase;
  pool: string;
  partitionCount: number;
  sealer: MessageSealer;
}

const failureOf = ({ failure_code: code, failure_details: details }: Pick<Row, 'failure_code' | 'failure_details'>) =>
  code === null
    ? undefined
    : failed(code as ErrorCode, details === null ? undefined : (details as Record<string, unknown>));

export function createOutboundStore({ db, pool, partitionCount, sealer }: OutboundStoreOptions): OutboundStore {
  function fromRow(row: Row): OutboundMessage {
    const decided = row.state === 'waiting' ? failureOf(row) : undefined;
    return {
      messageId: row.message_id,
      tenant: row.tenant,
      sessionId: row.session_id,
      waMessageId: row.wa_message_id,
      ...sealer.open(row.tenant, row.message_id, row.sealed),
      acceptedAt: row.accepted_at.toISOString(),
      notAfterMs: row.not_after?.getTime(),
      correlationId: row.correlation_id,
      campaignId: row.campaign_id ?? undefined,
      countedOn: row.counted_on ?? undefined,
      position: row.position,
      attempts: 0,
      unansweredChecks: 0,
      settled: row.state !== 'waiting',
      ...(decided === undefined ? {} : { decided }),
    };
  }
  function storedFromRow(row: Row): StoredMessage {
    const failure = failureOf(row);
    return { message: fromRow(row), state: row.state, ...(failure === undefined ? {} : { failure }) };
  }
  const select = () => db.selectFrom('outbound').selectAll();
  /** The lock waits for an owner who takes the session over at this moment, and then sees its epoch. */
  function endsOf(ends: readonly MessageEnd<SendOutcome>[]) {
    const rows = ends.map(({ owned, messageId, outcome }) => ({
      message_id: messageId,
      session_id: owned.sessionId,
      epoch: owned.epoch,
      state: outcome.kind,
      failure_code: outcome.kind === 'failed' ? outcome.code : null,
      failure_details: outcome.kind === 'failed' ? outcome.details : null,
    }));
    return sql`with ends as materialized (select * from ${unnestRows(endColumns, rows, 'ended')}),
      owners as materialized (
        select s.id, s.pool, s.owner_epoch from wa_session s where s.id in (select session_id from ends) order by s.id for share)`;
  }
  /** Of a session that never was, nobody else tells. */
  const whereOurs = sql`from ends left join owners s on s.id = ends.session_id
    where o.message_id = ends.message_id and o.state = 'waiting' and (s.id is null or s.pool = ${pool} and s.owner_epoch <= ends.epoch)`;

  return {
    async accept(messages) {
      const rows = messages.map((message) => ({
        message_id: message.messageId,
        tenant: message.tenant,
        session_id: message.sessionId,
        pool,
        partition: partitionOf(message.sessionId, partitionCount),
        wa_message_id: message.waMessageId,
        state: 'waiting',
        sealed: sealer.seal(message.tenant, message.messageId, message),
        accepted_at: message.acceptedAt,
        not_after: message.notAfterMs === undefined ? null : new Date(message.notAfterMs).toISOString(),
        correlation_id: message.correlationId,
        campaign_id: message.campaignId ?? null,
        counted_on: message.countedOn ?? null,
      }));
      const names = sql.join(Object.keys(columns).map((name) => sql.ref(name)));
      const inserted = await sql<{ message_id: string; position: number }>`
        insert into outbound (${names}) select ${names} from ${unnestRows(columns, rows)}
        on conflict (message_id) do nothing returning message_id, position`.execute(db);
      const positions = new Map(inserted.rows.map((row) => [row.message_id, row.position]));
      const repeated = messages.filter(({ messageId }) => !positions.has(messageId)).map(({ messageId }) => messageId);
      const known = new Map<string, StoredMessage>();
      if (repeated.length > 0) {
        for (const row of await select().where('message_id', 'in', repeated).execute()) {
          known.set(row.message_id, storedFromRow(row));
        }
      }
      return messages.map((accepted) => {
        const stored = known.get(accepted.messageId);
        if (stored) return { ...stored, isNew: false };
        const position = positions.get(accepted.messageId);
        if (position === undefined) throw new Error(`message ${accepted.messageId} vanished between two statements`);
        const message = { ...accepted, position, attempts: 0, unansweredChecks: 0, settled: false };
        // The same message twice in one batch: only the first is new.
        known.set(accepted.messageId, { message, state: 'waiting' });
        return { message, state: 'waiting' as const, isNew: true };
      });
    },
    async find({ tenant, sessionId, messageId }) {
      const row = await databaseOfTenant(db, tenant)
        .selectFrom('outbound')
        .selectAll()
        .where('message_id', '=', messageId)
        .where('tenant', '=', tenant)
        .where('session_id', '=', sessionId)
        .executeTakeFirst();
      return row && storedFromRow(row);
    },
    async waiting(sessionId, afterPosition, limit) {
      const rows = await select()
        .where('session_id', '=', sessionId)
        .where('state', '=', 'waiting')
        .where('position', '>', afterPosition)
        .orderBy('position')
        .limit(limit)
        .execute();
      return rows.map(fromRow);
    },
    async sessionsWithWaiting(partition) {
      const rows = await db
        .selectFrom('outbound')
        .select('session_id')
        .distinct()
        .where('pool', '=', pool)
        .where('partition', '=', partition)
        .where('state', '=', 'waiting')
        .execute();
      return rows.map((row) => row.session_id);
    },
    async follow(sessionId, to) {
      await db
        .updateTable('outbound')
        .set({ pool: to })
        .where('session_id', '=', sessionId)
        .where('state', '=', 'waiting')
        .execute();
    },
    async overdue(partitions, at, except, limit) {
      if (partitions.length === 0) return [];
      const rows = await select()
        .where('pool', '=', pool)
        .where(sql<boolean>`partition = any(${partitions}::int4[])`)
        .where('state', '=', 'waiting')
        .where('not_after', '<=', at)
        .where(sql<boolean>`message_id <> all(${except}::text[])`)
        .orderBy('not_after')
        .limit(limit)
        .execute();
      return rows.map(fromRow);
    },
    async decide(failures) {
      const { rows } = await sql<Pick<Row, 'message_id' | 'failure_code' | 'failure_details'>>`${endsOf(failures)}
        update outbound o
        set failure_code = coalesce(o.failure_code, ends.failure_code),
          failure_details = case when o.failure_code is null then ends.failure_details else o.failure_details end ${whereOurs}
        returning o.message_id, o.failure_code, o.failure_details`.execute(db);
      return new Map(rows.map((row) => [row.message_id, failureOf(row)!]));
    },
    async finish(ends) {
      await sql`${endsOf(ends)}
        update outbound o
        set state = ends.state, failure_code = ends.failure_code, failure_details = ends.failure_details ${whereOurs}`.execute(
        db,
      );
    },
    async findByWaMessageIds(refs) {
      if (refs.length === 0) return [];
      const wanted = refs.map(({ sessionId, waMessageId }) => ({ session_id: sessionId, wa_message_id: waMessageId }));
      const { rows } = await sql<Pick<Row, 'session_id' | 'wa_message_id' | 'message_id' | 'state'>>`
        select o.session_id, o.wa_message_id, o.message_id, o.state
        from ${unnestRows(refColumns, wanted, 'wanted')} join outbound o using (session_id, wa_message_id)`.execute(db);
      return rows.map((row) => ({
        sessionId: row.session_id,
        waMessageId: row.wa_message_id,
        messageId: row.message_id,
        state: row.state,
      }));
    },
    async sentText(sessionId, waMessageId) {
      const row = await select()
        .where('session_id', '=', sessionId)
        .where('wa_message_id', '=', waMessageId)
        .executeTakeFirst();
      // Nobody sends an empty text.
      return (row && fromRow(row).text) || undefined;
    },
    async forgetBefore(instant, limit) {
      const result = await sql`delete from outbound where message_id in (
        select message_id from outbound where state <> 'waiting' and accepted_at < ${instant} limit ${limit})`.execute(
        db,
      );
      return Number(result.numAffectedRows ?? 0);
    },
  };
}
