import { inTransaction, sql, unnestRows } from '@wam/service-kit/postgres';
import type { EngineDatabase } from '../database/tables.ts';
import type { SealedKey, SignalStorage } from './signal-storage.ts';

const keyColumns = { session_id: 'uuid', type: 'text', id: 'text' } as const;
const eventColumns = { session_id: 'uuid', event_id: 'text', event: 'text' } as const;
const sealedColumns = { ...keyColumns, sealed: 'bytea' } as const;

/** Each write is one transaction that begins with the fence: the row locks make a new owner wait for it, and refuse what comes later. */
export function createPostgresSignalStorage(db: EngineDatabase, pool: string): SignalStorage {
  return {
    async load(refs) {
      if (refs.length === 0) return [];
      const wanted = refs.map(({ sessionId, type, id }) => ({ session_id: sessionId, type, id }));
      const { rows } = await sql<{ session_id: string; type: string; id: string; sealed: Buffer }>`
        select k.session_id, k.type, k.id, k.sealed
        from ${unnestRows(keyColumns, wanted, 'wanted')} join signal_key k using (session_id, type, id)`.execute(db);
      return rows.map(({ session_id, ...key }): SealedKey => ({ sessionId: session_id, ...key }));
    },

    write: (changes) =>
      inTransaction(
        db,
        async (trx) => {
          const claims = changes.map(({ sessionId, epoch }) => ({ id: sessionId, epoch }));
          // In the order of ids, so that no two flushes lock each other out.
          const { rows } = await sql<{ id: string }>`
            select s.id from wa_session s
            join ${unnestRows({ id: 'uuid', epoch: 'int8' }, claims, 'claim')}
              on s.id = claim.id and s.owner_epoch = claim.epoch and s.pool = ${pool}
            order by s.id for share of s`.execute(trx);
          const owned = new Set(rows.map(({ id }) => id));
          const accepted = changes.filter(({ sessionId }) => owned.has(sessionId));
          const keys = accepted.flatMap(({ sessionId, keys }) =>
            keys.map((key) => ({ session_id: sessionId, ...key })),
          );
          const upserts = keys.filter(({ sealed }) => sealed !== null);
          const removals = keys.filter(({ sealed }) => sealed === null);
          const creds = accepted.flatMap(({ sessionId, creds }) => (creds ? [{ id: sessionId, creds }] : []));
          if (upserts.length > 0) {
            await sql`insert into signal_key (session_id, type, id, sealed)
              select session_id, type, id, sealed from ${unnestRows(sealedColumns, upserts)}
              on conflict (session_id, type, id) do update set sealed = excluded.sealed`.execute(trx);
          }
          if (removals.length > 0) {
            await sql`delete from signal_key k using ${unnestRows(keyColumns, removals, 'gone')}
              where k.session_id = gone.session_id and k.type = gone.type and k.id = gone.id`.execute(trx);
          }
          if (creds.length > 0) {
            await sql`update wa_session s set creds = fresh.creds
              from ${unnestRows({ id: 'uuid', creds: 'bytea' }, creds, 'fresh')} where s.id = fresh.id`.execute(trx);
          }
          const events = accepted.flatMap(({ sessionId, events = [] }) =>
            events.map(({ id, event }) => ({ session_id: sessionId, event_id: id, event })),
          );
          if (events.length > 0) {
            await sql`insert into event_outbox (session_id, event_id, event)
              select session_id, event_id, event from ${unnestRows(eventColumns, events)}
              on conflict (session_id, event_id) do nothing`.execute(trx);
          }
          return changes.filter(({ sessionId }) => !owned.has(sessionId)).map(({ sessionId }) => sessionId);
        },
        { attempts: 3 },
      ),

    erase: (sessionId, epoch) =>
      inTransaction(db, async (trx) => {
        const owned = await trx
          .updateTable('wa_session')
          .set({ creds: null })
          .where('id', '=', sessionId)
          .where('pool', '=', pool)
          .where('owner_epoch', '=', epoch)
          .returning('id')
          .executeTakeFirst();
        if (!owned) return false;
        await trx.deleteFrom('signal_key').where('session_id', '=', sessionId).execute();
        await trx.deleteFrom('event_outbox').where('session_id', '=', sessionId).execute();
        return true;
      }),
  };
}
