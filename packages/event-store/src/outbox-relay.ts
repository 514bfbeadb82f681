/**
 * The table `outbox` of a service: events that were committed with the rows they tell about, until the bus has them. Columns `position`
 * (identity), `event_id`, `subject`, `event` (the envelope, JSON); others are the service's own.
 */
import { type AnyEvent, busHeaders } from '@wam/contracts';
import { defineService, type Logger, type Service, tracedEvent } from '@wam/service-kit';
import type { Publisher } from '@wam/service-kit/nats';
import { type SqlExecutor, sql } from '@wam/service-kit/postgres';

const sweepBatch = 100;
/** Short, because the sweep tries again anyway and a stop waits for what is under way. */
const publishTimeoutMs = 2_000;

export interface OutboxEntry {
  eventId: string;
  subject: string;
  /** The envelope, JSON. */
  event: string;
}
export interface OutboxRelay extends Service {
  /** Publishes what was just committed. Does not wait; what fails is left to the sweep. */
  relaySoon(entry: OutboxEntry): void;
}
export interface OutboxRelayOptions {
  db: SqlExecutor;
  publisher: Publisher;
  logger: Logger;
  sweepIntervalMs: number;
}

/**
 * Publishes, then deletes. A crash in between publishes again: the stream drops the repeat by its message id within its duplicate
 * window, consumers by the event id after it. Several processes may sweep at once for the same reason.
 */
export function createOutboxRelay({ db, publisher, logger, sweepIntervalMs }: OutboxRelayOptions): OutboxRelay {
  const running = new Set<Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let sweeping = false;
  let stopping = false;

  async function relay({ eventId, subject, event }: OutboxEntry): Promise<void> {
    const parsed = JSON.parse(event) as AnyEvent;
    await tracedEvent(parsed, () =>
      publisher.publish(subject, event, {
        msgId: eventId,
        headers: { [busHeaders.type]: parsed.type },
        timeoutMs: publishTimeoutMs,
      }),
    );
    await sql`delete from outbox where event_id = ${eventId}`.execute(db);
  }
  async function sweep(): Promise<void> {
    if (sweeping) return;
    sweeping = true;
    try {
      const oldest = await sql<OutboxEntry>`select event_id as "eventId", subject, event from outbox
        order by position limit ${sweepBatch}`.execute(db);
      for (const entry of oldest.rows) {
        if (stopping) return;
        await relay(entry);
      }
    } finally {
      sweeping = false;
    }
  }
  function track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => logger.warn({ err: error }, 'event not published yet, will be retried'))
      .finally(() => running.delete(tracked));
    running.add(tracked);
  }

  const service = defineService({
    name: 'outbox relay',
    async start() {
      track(sweep());
      timer = setInterval(() => track(sweep()), sweepIntervalMs);
    },
    async stop() {
      stopping = true;
      clearInterval(timer);
      while (running.size > 0) await Promise.all(running);
    },
    health: () => ({ ready: timer !== undefined }),
  });
  return { ...service, [Symbol.asyncDispose]: service.stop, relaySoon: (entry) => track(relay(entry)) };
}
