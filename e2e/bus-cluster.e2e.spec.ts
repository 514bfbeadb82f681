import { describe, expect, it } from 'vitest';
import { replicated, runNodeLosses, type Victim } from './bus-cluster/run-node-losses.ts';

const kinds: readonly Victim[] = [...replicated, 'follower'];
const kills = Number(process.env.KILLS ?? 2);
const secondsMs = 1_000;

describe('On a bus of three servers', () => {
  it('one that is killed costs no message and repeats none, whatever it led; sends go on meanwhile', {
    timeout: (60 + kills * 150) * secondsMs,
  }, async () => {
    const {
      accepted,
      refused: _,
      stallsMs,
      counts,
      told,
      ...account
    } = await runNodeLosses({
      sessions: 4,
      victims: Array.from({ length: kills }, (_, index) => kinds[index % kinds.length]!),
      report: (line) => console.log(line),
    });
    expect(account).toEqual({ failures: [], lost: [], repeated: [], foreign: [], notSent: [], disturbed: [] });
    expect(counts.totals).toEqual({ ...counts.recount, total: accepted });
    expect(stallsMs).toHaveLength(kills);
    expect(told).toContain('copies of EVT');
  });
});
