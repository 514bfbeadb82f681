import { describe, expect, it } from 'vitest';
import { runFailover } from './failover/run-failover.ts';

describe('Three engines of one pool, under traffic', () => {
  it('lose, fake and repeat nothing when one is killed, frozen or stopped, and when bus and database restart', async () => {
    const seed = Number(process.env.FAILOVER_SEED ?? Math.floor(Math.random() * 2 ** 31));
    const report = await runFailover({
      seed,
      engines: 3,
      sessions: 12,
      sendEveryMs: 1_000,
      faults: ['SIGKILL', 'SIGSTOP', 'SIGTERM', 'NATS restart', 'Postgres restart'],
      replaceAtOnce: true,
      frozenMs: 5_000,
    });
    expect(report, `FAILOVER_SEED=${seed}`).toMatchObject({
      lost: [],
      failed: [],
      foreign: [],
      inconsistent: [],
      staleWrites: [],
      twoLiveSockets: [],
      sessionsLost: [],
      endedByRestarts: 0,
    });
    expect(report.accepted).toBeGreaterThan(100);
    expect(report.checkedWrites).toBeGreaterThan(report.accepted);
  });
});
