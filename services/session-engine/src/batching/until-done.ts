import type { Clock } from '@wam/service-kit';

const firstRetryMs = 100;
const longestRetryMs = 5_000;

/**
 * Repeats what must not be lost, such as the outcome of a message, until it succeeds or the service stops.
 * @returns false when it was stopped before
 */
export async function untilDone(
  clock: Clock,
  stopping: AbortSignal,
  run: () => Promise<void>,
  onError: (error: unknown) => void,
): Promise<boolean> {
  for (let retryMs = firstRetryMs; ; retryMs = Math.min(retryMs * 2, longestRetryMs)) {
    try {
      await run();
      return true;
    } catch (error) {
      onError(error);
      if (stopping.aborted) return false;
      await clock.sleep(retryMs, stopping).catch(() => undefined);
      if (stopping.aborted) return false;
    }
  }
}
