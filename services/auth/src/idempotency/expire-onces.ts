import { type Clock, defineService, type Logger, type Service, type Timer } from '@wam/service-kit';
import type { SqlExecutor } from '@wam/service-kit/postgres';
import { deleteExpiredOnces } from './once-table.ts';

/** An expired row counts as none, so this is only about room. */
const everyMs = 10 * 60_000;
const batch = 5_000;

export function createOnceExpiry({ db, clock, logger }: { db: SqlExecutor; clock: Clock; logger: Logger }): Service {
  let timer: Timer | undefined;
  let sweeping: Promise<void> = Promise.resolve();
  let stopped = false;

  async function sweep(): Promise<void> {
    try {
      while (!stopped && (await deleteExpiredOnces(db, new Date(clock.now()), batch)) === batch);
    } catch (error) {
      logger.warn({ err: error }, 'expired idempotency keys not deleted yet');
    }
    if (!stopped) schedule(everyMs);
  }
  function schedule(delayMs: number): void {
    timer = clock.setTimeout(() => {
      sweeping = sweep();
    }, delayMs);
  }
  return defineService({
    name: 'idempotency key expiry',
    async start() {
      schedule(0);
    },
    async stop() {
      stopped = true;
      timer?.cancel();
      await sweeping;
    },
    health: () => ({ ready: true }),
  });
}
