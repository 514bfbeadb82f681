/** What `wam doctor` says of copies and room of the streams. Pure. */
import type { Room, StreamCopies } from '@wam/service-kit/nats';
import { type Finding, fault, ok, warning } from './finding.ts';

/** Server of a cluster when there is one; `wanted` by NATS_REPLICAS, if anybody said. */
export interface ClusterFacts {
  isCluster: boolean;
  wanted: number | undefined;
}

export function judgeCopies(copies: ReadonlyMap<string, StreamCopies>, { isCluster, wanted }: ClusterFacts): Finding[] {
  if (!isCluster && (wanted ?? 1) === 1) return [];
  const most = Math.max(...[...copies.values()].map((each) => each.wanted));
  const findings = [...copies].flatMap(([stream, { wanted: has, leader, behind }]): Finding[] => {
    const about = `copies of ${stream}`;
    const expected = wanted ?? Math.max(most, 3);
    if (isCluster && leader === undefined)
      return [
        fault(
          about,
          'has no leader: nothing can be stored',
          'start the servers that are away; a majority of its copies is needed (docs/runbooks/BusUnreachable.md)',
        ),
      ];
    if (has < expected)
      return [
        warning(
          about,
          `${has} of ${expected}: the loss of one server of the bus loses or stops it`,
          `run NATS_REPLICAS=${expected} wam prepare with the credentials of \`prepare\``,
        ),
      ];
    if (behind.length > 0)
      return [
        warning(
          about,
          `${behind.join(', ')} ${behind.length === 1 ? 'is' : 'are'} away or behind`,
          'start it, and wait until it has caught up before another one is stopped (docs/runbooks/BusUnreachable.md)',
        ),
      ];
    return [];
  });
  return findings.length > 0 ? findings : [ok('copies', `${most} of each stream, all current`)];
}

const fullWarning = 0.8;
const inMegabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(bytes < 10_485_760 ? 1 : 0)} MB`;

/** @param what a stream, or all together */
export function judgeRoom(what: string, { bytes, maxBytes }: Room, whenFull: string): Finding {
  const about = `room of ${what}`;
  if (maxBytes === undefined || maxBytes === 0)
    return ok(about, `${inMegabytes(bytes)}, no limit but max_file_store of each server, which NATS_MONITOR_URL shows`);
  const share = bytes / maxBytes;
  const says = `${inMegabytes(bytes)} of ${inMegabytes(maxBytes)} (${Math.floor(share * 100)} %)`;
  if (share < fullWarning) return ok(about, says);
  return (share < 0.95 ? warning : fault)(
    about,
    `${says}: ${whenFull}`,
    'raise the limit, or the volume (docs/runbooks/VolumeNearlyFull.md)',
  );
}
