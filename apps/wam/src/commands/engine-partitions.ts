/** `wam engine partitions`: which engine of a pool serves what, from the lease bucket and the engines' own words. */
import {
  type EngineReport,
  internalRequests,
  leaseBucket,
  type MemberEntry,
  type PartitionEntry,
  parseLeaseKey,
  subjects,
} from '@wam/contracts';
import { type Env, newUlid } from '@wam/service-kit';
import { gatherReplies, type NatsConnection, readBucket } from '@wam/service-kit/nats';
import { onBus } from './on-bus.ts';
import { type PoolOverview, poolOverviews } from './pool-overview.ts';

export { partitionsText } from './pool-overview.ts';

/** An engine that is frozen or cut off is shown without its own words. */
const answerTimeoutMs = 1_000;

/** Of the engines that answer in time; sooner when `expected` have. */
export async function engineReports(nats: NatsConnection, expected: number): Promise<EngineReport[]> {
  const operation = internalRequests.engineReport;
  const replies = await gatherReplies(
    nats,
    subjects.request('engine', operation),
    { operation, requestId: `req_${newUlid()}`, params: {}, query: {} },
    { expected, timeoutMs: answerTimeoutMs },
  );
  return replies.flatMap((reply) => (reply.ok ? [reply.body as EngineReport] : []));
}

export function enginePartitions(env: Env): Promise<PoolOverview[]> {
  return onBus(env, async (nats) => {
    const leases = [...(await readBucket(nats, leaseBucket))];
    const members = leases.flatMap(([key, entry]) => {
      const of = parseLeaseKey(key);
      return of?.kind === 'member' ? [{ ...of, state: (entry as MemberEntry).state }] : [];
    });
    const partitions = leases.flatMap(([key, entry]) => {
      const of = parseLeaseKey(key);
      return of?.kind === 'partition' ? [{ ...of, owner: (entry as PartitionEntry).owner }] : [];
    });
    const reports = await engineReports(nats, members.filter(({ state }) => state !== 'dead').length);
    return poolOverviews(members, partitions, reports);
  });
}
