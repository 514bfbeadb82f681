/** Who owns what in each pool, put together from leases and reports, and as text. Pure. */
import type { EngineReport, MemberEntry } from '@wam/contracts';

export interface PoolOverview {
  pool: string;
  members: {
    member: string;
    /** `silent`: up by its lease, and it does not answer. */
    state: MemberEntry['state'] | 'suspense' | 'silent';
    partitions: number;
    sessions: number;
    connected: number;
  }[];
  partitions: {
    partition: number;
    /** Null while nobody has it. */
    owner: string | null;
    /** By the owner's word; null when it does not answer, or does not serve it yet. */
    epoch: number | null;
    sessions: number | null;
    connected: number | null;
  }[];
}

export interface LeasedMember {
  pool: string;
  member: string;
  state: MemberEntry['state'];
}
export interface LeasedPartition {
  pool: string;
  partition: number;
  owner: string | null;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

export function poolOverviews(
  members: readonly LeasedMember[],
  partitions: readonly LeasedPartition[],
  reports: readonly EngineReport[],
): PoolOverview[] {
  const reportOf = (pool: string, member: string | null): EngineReport | undefined =>
    reports.find((report) => report.pool === pool && report.member === member);
  const pools = [...new Set([...members, ...partitions].map(({ pool }) => pool))].sort();
  return pools.map((pool) => ({
    pool,
    members: members
      .filter((each) => each.pool === pool)
      .map(({ member, state }) => {
        const report = reportOf(pool, member);
        const isUp = state === 'up';
        return {
          member,
          state: isUp && !report ? ('silent' as const) : isUp && !report?.leaseValid ? ('suspense' as const) : state,
          partitions: partitions.filter((each) => each.pool === pool && each.owner === member).length,
          sessions: sum(report?.partitions.map(({ sessions }) => sessions) ?? []),
          connected: sum(report?.partitions.map(({ connected }) => connected) ?? []),
        };
      })
      .sort((a, b) => a.member.localeCompare(b.member)),
    partitions: partitions
      .filter((each) => each.pool === pool)
      .map(({ partition, owner }) => {
        const served = reportOf(pool, owner)?.partitions.find((each) => each.partition === partition);
        const { epoch = null, sessions = null, connected = null } = served ?? {};
        return { partition, owner, epoch, sessions, connected };
      })
      .sort((a, b) => a.partition - b.partition),
  }));
}

export function partitionsText(pools: readonly PoolOverview[]): string {
  if (pools.length === 0) return 'No engine has ever run here.';
  return pools
    .flatMap(({ pool, members, partitions }) => [
      `Pool ${pool}`,
      '',
      ...table([
        ['member', 'state', 'partitions', 'sessions', 'connected'],
        ...members.map((each) => [each.member, each.state, each.partitions, each.sessions, each.connected]),
      ]),
      '',
      ...table([
        ['partition', 'owner', 'epoch', 'sessions', 'connected'],
        ...partitions.map((each) => [each.partition, each.owner, each.epoch, each.sessions, each.connected]),
      ]),
      '',
    ])
    .join('\n')
    .trimEnd();
}

function table(rows: readonly (readonly (string | number | null)[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => String(cell ?? '-')));
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
}
