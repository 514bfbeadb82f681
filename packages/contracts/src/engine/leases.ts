/** Who owns what, as the engines of a pool write it into the key-value bucket `leases` (docs/adr/0012), and what each says of itself. */

export const leaseBucket = 'leases';
export const leaseKeys = {
  member: (pool: string, member: string): string => `${pool}.m.${member}`,
  partition: (pool: string, partition: number): string => `${pool}.p.${partition}`,
  ofPool: (pool: string): string => `${pool}.>`,
} as const;

export type LeaseKey = { pool: string } & (
  | { kind: 'member'; member: string }
  | { kind: 'partition'; partition: number }
);
/** Undefined for a key of another form. */
export function parseLeaseKey(key: string): LeaseKey | undefined {
  const [pool, kind, name, ...rest] = key.split('.');
  if (!pool || !name || rest.length > 0) return undefined;
  if (kind === 'm') return { pool, kind: 'member', member: name };
  return kind === 'p' ? { pool, kind: 'partition', partition: Number(name) } : undefined;
}

/** Value of a member's key. `dead` is written by another member only. */
export interface MemberEntry {
  state: 'up' | 'drain' | 'dead';
  /** Grows when the member comes back after it was fenced; what it owned before is not its own any more. */
  incarnation: number;
  /** Counts its heartbeats. */
  beat: number;
}
/** Value of a partition's key. */
export interface PartitionEntry {
  owner: string | null;
  incarnation: number;
}

/** What an engine says of itself. */
export interface EngineReport {
  pool: string;
  member: string;
  /** False while its lease is in suspense. */
  leaseValid: boolean;
  partitions: { partition: number; epoch: number; sessions: number; connected: number }[];
}
