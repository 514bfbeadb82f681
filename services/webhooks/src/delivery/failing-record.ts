/**
 * Since when a receiver fails, in the row of its webhook. Written one after the other, and until it is there: an old failure that stays in the row would
 * switch a receiver off long after.
 */
import type { Clock, Logger } from '@wam/service-kit';

export interface FailingRecord {
  /** Epoch ms; undefined: it does not fail. The last one that was told is written. @returns while it has to be */
  tell(failingSince: number | undefined): Promise<void> | undefined;
  /** The row says so. */
  saw(failingSince: number | undefined): void;
  /** What cannot be written now is given up. */
  stop(): void;
}

const retryMs = 500;

export function createFailingRecord(
  inRow: number | undefined,
  {
    write,
    clock,
    logger,
  }: { write: (failingSince: Date | null) => Promise<void>; clock: Pick<Clock, 'sleep'>; logger: Logger },
): FailingRecord {
  let wanted = inRow;
  let isWriting = false;
  let isStopped = false;

  async function run(): Promise<void> {
    isWriting = true;
    while (inRow !== wanted) {
      const next = wanted;
      try {
        await write(next === undefined ? null : new Date(next));
        inRow = next;
      } catch (error) {
        if (isStopped) break;
        logger.warn({ err: error, retryMs }, 'state of a receiver not written; trying again');
        await clock.sleep(retryMs);
      }
    }
    isWriting = false;
  }
  return {
    tell(failingSince) {
      wanted = failingSince;
      return inRow === wanted || isWriting ? undefined : run();
    },
    saw(failingSince) {
      if (!isWriting) inRow = failingSince;
    },
    stop() {
      isStopped = true;
    },
  };
}
