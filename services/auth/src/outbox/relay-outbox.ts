import { type AccountEvent, busHeaders } from '@wam/contracts';
import { defineService, type Logger, type Service, tracedEvent } from '@wam/service-kit';
import type { Publisher } from '@wam/service-kit/nats';
import type { Kysely } from '@wam/service-kit/postgres';
import type { AuthTables } from '../storage/schema.ts';
import { deleteFromOutbox, type OutboxEntry, outboxEntryOf, readOutbox } from './outbox-table.ts';

const sweepBatch = 100;
/** Short, because the sweep tries again anyway and a stop waits for what is under way. */
const publishTimeoutMs = 2_000;

export interface OutboxRelay extends Service {
  /** Publishes an event that was just committed. Does not wait; what fails is left to the sweep. */
  relaySoon(event: AccountEvent): void;
}
export interface OutboxRelayOptions {
  db: Kysely<AuthTables>;
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

  async function relay(entry: OutboxEntry): Promise<void> {
    const event = JSON.parse(entry.event) as AccountEvent;
    await tracedEvent(event, () =>
      publisher.publish(entry.subject, entry.event, {
        msgId: entry.eventId,
        headers: { [busHeaders.type]: event.type },
        timeoutMs: publishTimeoutMs,
      }),
    );
    await deleteFromOutbox(db, entry.eventId);
  }
  async function sweep(): Promise<void> {
    if (sweeping) return;
    sweeping = true;
    try {
      for (const entry of await readOutbox(db, sweepBatch)) {
        if (stopping) return;
        await relay(entry);
      }
    } finally {
      sweeping = false;
    }
  }
  function track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => logger.warn({ err: error }, 'account event not published yet, will be retried'))
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
  return { ...service, [Symbol.asyncDispose]: service.stop, relaySoon: (event) => track(relay(outboxEntryOf(event))) };
}
