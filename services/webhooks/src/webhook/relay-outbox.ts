import { busHeaders } from '@wam/contracts';
import { type Clock, defineService, type Logger, type Service } from '@wam/service-kit';
import type { Publisher } from '@wam/service-kit/nats';
import type { Kysely } from '@wam/service-kit/postgres';
import type { WebhooksTables } from '../storage/schema.ts';

const sweepIntervalMs = 1_000;
const sweepBatch = 100;

/**
 * Publishes events that were committed with their rows, then deletes them. A crash in between publishes again: the stream drops the repeat
 * by its message id within its duplicate window, consumers by the event id after it.
 */
export function createOutboxRelay({
  db,
  publisher,
  clock,
  logger,
}: {
  db: Kysely<WebhooksTables>;
  publisher: Publisher;
  clock: Clock;
  logger: Logger;
}): Service {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function sweep(): Promise<void> {
    const rows = await db.selectFrom('outbox').selectAll().orderBy('position').limit(sweepBatch).execute();
    for (const { position, event_id: msgId, subject, type, event } of rows) {
      if (stopping.signal.aborted) return;
      await publisher.publish(subject, event, { msgId, headers: { [busHeaders.type]: type } });
      await db.deleteFrom('outbox').where('position', '=', position).execute();
    }
  }
  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await sweep().catch((error: unknown) => logger.warn({ err: error }, 'webhook events not published yet'));
      await clock.sleep(sweepIntervalMs, stopping.signal).catch(() => undefined);
    }
  }
  return defineService({
    name: 'webhook outbox',
    async start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
    health: () => ({ ready: true }),
  });
}
