/** What `wam doctor` says of who serves what. Pure. */
import type { PoolOverview } from '../pool-overview.ts';
import { type Finding, fault, ok, warning } from './finding.ts';

export function judgeEngines(pools: readonly PoolOverview[]): Finding[] {
  if (pools.length === 0)
    return [warning('engines', 'none has ever been here', 'start one: wam start --target=session-engine')];
  return pools.flatMap(({ pool, members, partitions }) => {
    const about = `pool ${pool}`;
    const unowned = partitions.filter(({ owner }) => owner === null).length;
    const up = members.filter(({ state }) => state === 'up').length;
    const silent = members.filter(({ state }) => state === 'silent' || state === 'suspense');
    return [
      up === 0 || unowned > 0
        ? fault(
            about,
            `${unowned} of ${partitions.length} partitions have no owner, ${up} engines are up: their sessions are offline`,
            `start an engine of the pool (WAM_POOL=${pool}); if one runs, look at its log, and at that of nats-server for "resource limits exceeded" (docs/runbooks/VolumeNearlyFull.md)`,
          )
        : ok(about, `${up} engines own all ${partitions.length} partitions`),
      ...silent.map(({ member, state }) =>
        warning(
          about,
          `engine ${member} is ${state === 'silent' ? 'up and does not answer' : 'cut off from the bus'}`,
          'look at its log and at the load of its machine; others take over by themselves when its lease ends',
        ),
      ),
    ];
  });
}
