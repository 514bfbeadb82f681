/** Results of attempts, committed in groups: while one statement runs, and for a moment after, results gather for the next. */
import type { Clock, Logger } from '@wam/service-kit';
import type { SqlExecutor } from '@wam/service-kit/postgres';
import { attemptsCommitted } from '../telemetry.ts';
import { type AttemptResult, recordAttempts } from './delivery-table.ts';

export interface ResultWriter {
  /**
   * Resolves when it is committed. Tried again until it is; never rejects.
   * @param isAwaited something cannot be sent before it
   */
  write(result: AttemptResult, isAwaited: boolean): Promise<void>;
  /**
   * Above {@link maxUncommitted} outcomes that are not committed nothing more should be sent: it might have to be sent again. Then `onRoom` is called
   * once, when it is worth asking again.
   */
  hasRoom(onRoom: () => void): boolean;
  /** Resolves when nothing is uncommitted, or when the database does not take it within the time. */
  flush(timeoutMs: number): Promise<void>;
}

const maxGroup = 500;
/**
 * Least time between the starts of two statements, unless a result is awaited: fewer and larger ones cost less, here and in the database.
 * Longer, and more would be sent again after a crash. The first after a quiet time goes at once.
 */
const paceMs = 10;
const maxUncommitted = 1_000;
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
  const waiting: { result: AttemptResult; isAwaited: boolean; done: () => void }[] = [];
  let uncommitted = 0;
  let running: Promise<void> | undefined;
  let startedAtMs = Number.NEGATIVE_INFINITY;
  let awaited = 0;
  let hurry = (): void => {};
  const waitingForRoom = new Set<() => void>();

  /** Ends early when a result is awaited or the group is full. */
  async function gather(): Promise<void> {
    const restMs = startedAtMs + paceMs - performance.now();
    if (restMs <= 0 || awaited > 0 || waiting.length >= maxGroup) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    hurry = resolve;
    const timer = setTimeout(resolve, restMs);
    await promise;
    clearTimeout(timer);
  }

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      await gather();
      startedAtMs = performance.now();
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
      for (const { result, isAwaited, done } of group) {
        attemptsCommitted(result.status, 1);
        if (isAwaited) awaited--;
        done();
      }
      if (uncommitted < maxUncommitted) callAll(waitingForRoom);
    }
    running = undefined;
  }

  return {
    write(result, isAwaited) {
      uncommitted++;
      if (isAwaited) awaited++;
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push({ result, isAwaited, done: resolve });
      if (isAwaited || waiting.length >= maxGroup) hurry();
      // On the next turn: results of the same turn go together.
      running ??= Promise.resolve().then(run);
      return promise;
    },
    hasRoom(onRoom) {
      if (uncommitted < maxUncommitted) return true;
      waitingForRoom.add(onRoom);
      return false;
    },
    async flush(timeoutMs) {
      if (running === undefined) return;
      hurry();
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, timeoutMs);
      await Promise.race([running, late.promise]);
      clearTimeout(timer);
    },
  };
}

function callAll(waiting: Set<() => void>): void {
  const all = [...waiting];
  waiting.clear();
  for (const call of all) call();
}
