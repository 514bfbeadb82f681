import type { Clock } from '@wam/service-kit';

/** Waits for the work, but not longer than that; its failure counts as its end. */
export async function within(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  const patience = new AbortController();
  await Promise.race([work.catch(() => undefined), clock.sleep(ms, patience.signal).catch(() => undefined)]);
  patience.abort();
}
