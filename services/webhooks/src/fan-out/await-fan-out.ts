/** Waiting until what is in the event log is in the table of deliveries. */
import type { Checkpoint } from '@wam/event-store';
import { type Clock, systemClock } from '@wam/service-kit';

export interface AwaitFanOutDeps {
  /** Where the log ends now. */
  readLog: () => Promise<{ incarnation: string; lastSeq: number }>;
  readCheckpoint: () => Promise<Checkpoint | undefined>;
  /** Default: the real one. Who fans out lives in real time, even where a spec turns the clock. */
  clock?: Clock;
  /** Default 10 s: a second for attempts that are not written yet, and a lease for who fanned out and died. */
  patienceMs?: number;
}
const pollMs = 50;

/** @returns whether every event that the log held at the call has its rows: they and the checkpoint are one transaction. False when that takes too long */
export async function awaitFanOut({
  readLog,
  readCheckpoint,
  clock = systemClock,
  patienceMs = 10_000,
}: AwaitFanOutDeps): Promise<boolean> {
  const { incarnation, lastSeq } = await readLog();
  const endsAtMs = clock.monotonicMs() + patienceMs;
  for (;;) {
    const checkpoint = await readCheckpoint();
    if (checkpoint?.incarnation === incarnation && checkpoint.seq >= lastSeq) return true;
    if (clock.monotonicMs() >= endsAtMs) return false;
    await clock.sleep(pollMs);
  }
}
