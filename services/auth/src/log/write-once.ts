/**
 * What auth counts from the event log. Every process reads; a stretch is written by whoever locks the checkpoint first, and the others find it done.
 * So there is no leader to elect, and no pause when a process dies.
 */
import { advanceCheckpoint, CheckpointDiverged } from '@wam/event-store';
import type { Clock, Logger, Service } from '@wam/service-kit';
import { LogDiverged, type NatsConnection } from '@wam/service-kit/nats';
import { inTransaction, type Kysely, type Transaction } from '@wam/service-kit/postgres';
import type { AuthTables } from '../storage/schema.ts';

export interface LogReaderDeps {
  db: Kysely<AuthTables>;
  nc: NatsConnection;
  clock: Clock;
  logger: Logger;
}
export interface Stretch<Event extends { seq: number }> {
  /** Of its checkpoint, which is there. */
  name: string;
  incarnation: string;
  /** Up to where the events have been read. */
  toSeq: number;
  events: readonly Event[];
}

/**
 * @param write in the transaction that moves the checkpoint, with what nobody wrote yet: once for each event
 * @throws CheckpointDiverged
 */
export const writeOnce = <Event extends { seq: number }>(
  db: Kysely<AuthTables>,
  { name, incarnation, toSeq, events }: Stretch<Event>,
  write: (trx: Transaction<AuthTables>, events: readonly Event[]) => Promise<void>,
): Promise<void> =>
  inTransaction(db, async (trx) => {
    const { seq: fromSeq } = await trx
      .selectFrom('checkpoint')
      .select('seq')
      .where('name', '=', name)
      .forUpdate()
      .executeTakeFirstOrThrow();
    if (fromSeq >= toSeq) return;
    await write(
      trx,
      events.filter(({ seq }) => seq > fromSeq),
    );
    const moved = await advanceCheckpoint(trx, name, { incarnation, fromSeq, toSeq });
    if (moved !== 'ok') throw new CheckpointDiverged(name, `cannot be moved: ${moved}`);
  });

/** Not one that was trimmed (isOtherOrTrimmedLog of event-store): what is counted from it is worth less than the service. */
export const isOtherLog = (error: unknown): boolean =>
  error instanceof LogDiverged || error instanceof CheckpointDiverged;

/** Logins must not end with what is counted from the log: the process stays ready. */
export const alwaysReady = (service: Service): Pick<Service, 'health'> => ({
  health: () => ({ ...service.health(), ready: true }),
});
