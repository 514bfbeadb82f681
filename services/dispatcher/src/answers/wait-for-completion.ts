import type { Clock } from '@wam/service-kit';
import type { Kysely } from 'kysely';
import type { CompletionWatch } from '../completion-watch.ts';
import { isSettled } from '../storage/read-report.ts';
import type { DispatcherTables } from '../storage/tables.ts';

/** Another process may be the one that reads the outcomes: then nobody tells, and the table is looked at this often. */
const lookAgainMs = 1000;

export interface WaitDeps {
  database: Kysely<DispatcherTables>;
  completions: CompletionWatch;
  clock: Clock;
  stopping: AbortSignal;
}

/** @returns false when the time was over, the campaign paused, or the service stops, before it was complete */
export async function waitForCompletion(
  { database, completions, clock, stopping }: WaitDeps,
  tenant: string,
  campaignId: string,
  patienceMs: number,
): Promise<boolean> {
  const told = new AbortController();
  const watched = completions.onCompleted(campaignId, () => told.abort());
  const deadlineMs = clock.monotonicMs() + patienceMs;
  try {
    for (;;) {
      const settled = await isSettled(database, tenant, campaignId);
      if (settled !== 'open') return settled === 'completed';
      const leftMs = deadlineMs - clock.monotonicMs();
      if (leftMs <= 0 || stopping.aborted) return false;
      const signal = AbortSignal.any([told.signal, stopping]);
      await clock.sleep(Math.min(leftMs, lookAgainMs), signal).catch(() => undefined);
    }
  } finally {
    watched.cancel();
  }
}
