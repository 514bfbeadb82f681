/** Results of attempts, committed in groups: while one statement runs, the results of the meantime gather for the next. */
import type { Clock, Logger } from '@wam/service-kit';
import type { SqlExecutor } from '@wam/service-kit/postgres';
import { attemptCommitted } from '../telemetry.ts';
import { type AttemptResult, recordAttempts } from './delivery-table.ts';

export interface ResultWriter {
  /** Resolves when it is committed. Tried again until it is; never rejects. */
  write(result: AttemptResult): Promise<void>;
  /** Not committed yet. Above {@link maxUncommitted} nothing more should be sent: it might have to be sent again. */
  readonly uncommitted: number;
  /** Resolves when nothing is uncommitted, or when the database does not take it within the time. */
  flush(timeoutMs: number): Promise<void>;
}

const maxGroup = 500;
export const maxUncommitted = 1_000;
const retryMs = 500;

export function createResultWriter({
  db,
  clock,
  logger,
}: {
  db: SqlExecutor;
  clock: Clock;
  logger: Logger;
}): ResultWriter {
  const waiting: { result: AttemptResult; done: () => void }[] = [];
  let uncommitted = 0;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting.splice(0, maxGroup);
      for (;;) {
        try {
          await recordAttempts(
            db,
            group.map(({ result }) => result),
          );
          break;
        } catch (error) {
          logger.error({ err: error, count: group.length, retryMs }, 'delivery results not recorded; trying again');
          await clock.sleep(retryMs);
        }
      }
      uncommitted -= group.length;
      for (const { result, done } of group) {
        attemptCommitted(result.status);
        done();
      }
    }
    running = undefined;
  }

  return {
    write(result) {
      uncommitted++;
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ result, done: resolve });
      // On the next turn: results of the same turn go together.
      running ??= Promise.resolve().then(run);
      return promise;
    },
    get uncommitted() {
      return uncommitted;
    },
    async flush(timeoutMs) {
      if (running === undefined) return;
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, timeoutMs);
      await Promise.race([running, late.promise]);
      clearTimeout(timer);
    },
  };
}
