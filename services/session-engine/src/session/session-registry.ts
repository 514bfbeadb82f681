/** Rows of `wa_session`: who a session belongs to, who owns it, and its sealed credentials. */

import type { Network, SessionStatus } from '@wam/contracts';
import { sql } from '@wam/service-kit/postgres';
import type { EngineDatabase } from '../database/tables.ts';

export interface RegisteredSession {
  sessionId: string;
  tenant: string;
  /** Last known status. */
  status: SessionStatus;
}
export interface NewRegistration {
  sessionId: string;
  tenant: string;
  pool: string;
  network: Network;
  name: string;
}

export interface SessionRegistry {
  register(session: NewRegistration): Promise<void>;
  ofPool(pool: string): Promise<RegisteredSession[]>;
  /** Takes the session for this epoch; `creds` are sealed. `fenced` when a newer owner has it or it is deleted. */
  open(sessionId: string, epoch: number): Promise<{ creds: Buffer | undefined } | 'fenced'>;
  isOwner(sessionId: string, epoch: number): Promise<boolean>;
  setStatus(sessionId: string, epoch: number, status: SessionStatus): Promise<void>;
  markDeleted(sessionId: string, epoch: number): Promise<void>;
}

export function createSessionRegistry(db: EngineDatabase): SessionRegistry {
  return {
    async register({ sessionId, tenant, pool, network, name }) {
      await db
        .insertInto('wa_session')
        .values({ id: sessionId, tenant, pool, network, name, status: 'connecting', creds: null, deleted_at: null })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
    },
    async ofPool(pool) {
      const rows = await db
        .selectFrom('wa_session')
        .select(['id', 'tenant', 'status'])
        .where('pool', '=', pool)
        .where('deleted_at', 'is', null)
        .execute();
      return rows.map(({ id, tenant, status }) => ({ sessionId: id, tenant, status: status as SessionStatus }));
    },
    async open(sessionId, epoch) {
      const row = await db
        .updateTable('wa_session')
        .set({ owner_epoch: epoch })
        .where('id', '=', sessionId)
        .where('owner_epoch', '<=', epoch)
        .where('deleted_at', 'is', null)
        .returning('creds')
        .executeTakeFirst();
      return row ? { creds: row.creds ?? undefined } : 'fenced';
    },
    async isOwner(sessionId, epoch) {
      const row = await db
        .selectFrom('wa_session')
        .select(sql`1`.as('one'))
        .where('id', '=', sessionId)
        .where('owner_epoch', '<=', epoch)
        .executeTakeFirst();
      return row !== undefined;
    },
    async setStatus(sessionId, epoch, status) {
      await db
        .updateTable('wa_session')
        .set({ status })
        .where('id', '=', sessionId)
        .where('owner_epoch', '<=', epoch)
        .execute();
    },
    async markDeleted(sessionId, epoch) {
      await db
        .updateTable('wa_session')
        .set({ deleted_at: new Date(), creds: null })
        .where('id', '=', sessionId)
        .where('owner_epoch', '<=', epoch)
        .execute();
    },
  };
}
