/** Rows of `wa_session`: who a session belongs to, who owns it, and its sealed credentials. Every write carries the owner's epoch. */
import { type Network, partitionOf } from '@wam/contracts';
import { inTransaction, sql } from '@wam/service-kit/postgres';
import type { EngineDatabase } from '../database/tables.ts';
import type { OwnedSession } from '../ownership/tenures.ts';
import { type LiveSessionState, type SessionState, statusOf } from './session-state.ts';

export interface NewRegistration {
  sessionId: string;
  tenant: string;
  network: Network;
  name: string;
}

export interface SessionRegistry {
  /** False when the partition has another owner by now. */
  register(session: NewRegistration, epoch: number): Promise<boolean>;
  /** What a connection begins with; `creds` are sealed. `fenced` when another owner has it, `gone` when it is deleted. */
  open(session: OwnedSession): Promise<{ creds: Buffer | undefined } | 'fenced' | 'gone'>;
  isOwner(session: OwnedSession): Promise<boolean>;
  /** What the log says of it now. */
  note(session: OwnedSession, state: LiveSessionState): Promise<void>;
  /** What was noted last, for a session whose beginning has left the log; undefined for one of another tenant. */
  noted(tenant: string, sessionId: string): Promise<SessionState | undefined>;
  markDeleted(session: OwnedSession): Promise<void>;
  /** Pool of a session that is not deleted. */
  poolOf(sessionId: string): Promise<string | undefined>;
  /** Lets the engines of another pool have it, with what waits in it. False when it is not the owner's to give any more. */
  move(session: OwnedSession, pool: string): Promise<boolean>;
  /** Makes a session that came into the pool one of the owner of its partition. Undefined when it is not there, or the owner is another one. */
  takeUp(sessionId: string, epoch: number): Promise<{ tenant: string } | undefined>;
}

export function createSessionRegistry(
  db: EngineDatabase,
  { pool, partitionCount }: { pool: string; partitionCount: number },
): SessionRegistry {
  const owned = ({ sessionId, epoch }: OwnedSession) =>
    db.updateTable('wa_session').where('id', '=', sessionId).where('pool', '=', pool).where('owner_epoch', '=', epoch);
  return {
    async register({ sessionId, tenant, network, name }, epoch) {
      const partition = partitionOf(sessionId, partitionCount);
      // The lock makes a new owner wait, so that its list of sessions has this one.
      const { rows } = await sql<{ owner_epoch: number }>`
        with owner as (select epoch from partition_fence where pool = ${pool} and partition = ${partition} for share),
        added as (
          insert into wa_session (id, tenant, pool, partition, network, name, status, owner_epoch)
          select ${sessionId}, ${tenant}, ${pool}, ${partition}, ${network}, ${name}, 'connecting', epoch from owner
          where epoch = ${epoch} on conflict (id) do nothing)
        select epoch as owner_epoch from owner`.execute(db);
      return rows[0]?.owner_epoch === epoch;
    },
    async open({ sessionId, epoch }) {
      const row = await db
        .selectFrom('wa_session')
        .select(['creds', 'pool', 'owner_epoch', 'deleted_at'])
        .where('id', '=', sessionId)
        .executeTakeFirst();
      if (!row || row.deleted_at !== null) return 'gone';
      return row.pool === pool && row.owner_epoch === epoch ? { creds: row.creds ?? undefined } : 'fenced';
    },
    async isOwner({ sessionId, epoch }) {
      const row = await db
        .selectFrom('wa_session')
        .select(sql`1`.as('one'))
        .where('id', '=', sessionId)
        .where('pool', '=', pool)
        .where('owner_epoch', '=', epoch)
        .executeTakeFirst();
      return row !== undefined;
    },
    async note(session, state) {
      await owned(session)
        .set({ status: statusOf(state), state: JSON.stringify(state) })
        .execute();
    },
    async noted(tenant, sessionId) {
      const row = await db
        .selectFrom('wa_session')
        .select(['state', 'deleted_at'])
        .where('id', '=', sessionId)
        .where('tenant', '=', tenant)
        .executeTakeFirst();
      if (row !== undefined && row.deleted_at !== null) return { kind: 'deleted' };
      return (row?.state as SessionState | null | undefined) ?? undefined;
    },
    async markDeleted(session) {
      await owned(session).set({ deleted_at: new Date(), creds: null }).execute();
    },
    async poolOf(sessionId) {
      const row = await db
        .selectFrom('wa_session')
        .select('pool')
        .where('id', '=', sessionId)
        .where('deleted_at', 'is', null)
        .executeTakeFirst();
      return row?.pool;
    },
    move: (session, to) =>
      inTransaction(db, async (trx) => {
        // Epochs of two pools cannot be compared: nobody owns it until an engine of that pool takes it up.
        const moved = await trx
          .updateTable('wa_session')
          .set({ pool: to, owner_epoch: 0 })
          .where('id', '=', session.sessionId)
          .where('pool', '=', pool)
          .where('owner_epoch', '=', session.epoch)
          .returning('id')
          .executeTakeFirst();
        if (!moved) return false;
        await trx
          .updateTable('outbound')
          .set({ pool: to })
          .where('session_id', '=', session.sessionId)
          .where('state', '=', 'waiting')
          .execute();
        return true;
      }),
    async takeUp(sessionId, epoch) {
      const partition = partitionOf(sessionId, partitionCount);
      const { rows } = await sql<{ tenant: string }>`
        with owner as (
          select epoch from partition_fence where pool = ${pool} and partition = ${partition} and epoch = ${epoch} for share)
        update wa_session s set owner_epoch = owner.epoch from owner
        where s.id = ${sessionId} and s.pool = ${pool} and s.deleted_at is null
        returning s.tenant`.execute(db);
      return rows[0];
    },
  };
}
