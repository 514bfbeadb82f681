/** Events of received messages between the commit of their keys and their place in the log. Written by the Signal storage, which owns that commit. */
import type { MessageEvent } from '@wam/contracts';
import { sql, unnestRows } from '@wam/service-kit/postgres';
import type { EngineDatabase } from '../database/tables.ts';

export interface OutboxEvent {
  sessionId: string;
  event: MessageEvent;
}
export interface EventOutbox {
  /** In the order they were stored. */
  ofSession(sessionId: string): Promise<OutboxEvent[]>;
  remove(events: readonly OutboxEvent[]): Promise<void>;
}

const columns = { session_id: 'uuid', event_id: 'text' } as const;

export function createEventOutbox(db: EngineDatabase): EventOutbox {
  return {
    async ofSession(sessionId) {
      const rows = await db
        .selectFrom('event_outbox')
        .select('event')
        .where('session_id', '=', sessionId)
        .orderBy('position')
        .execute();
      return rows.map(({ event }) => ({ sessionId, event: JSON.parse(event) as MessageEvent }));
    },
    async remove(events) {
      const gone = events.map(({ sessionId, event }) => ({ session_id: sessionId, event_id: event.id }));
      await sql`delete from event_outbox o using ${unnestRows(columns, gone, 'gone')}
        where o.session_id = gone.session_id and o.event_id = gone.event_id`.execute(db);
    },
  };
}
