/**
 * What one member of a pool knows about leases: its own, those it watches, and the partitions. A revision is the bucket's, and grows with
 * every write.
 */
import type { MemberEntry, PartitionEntry } from '@wam/contracts';

export interface LeaseSettings {
  partitionCount: number;
  /** A member that nobody heard of for so long may be fenced. */
  ttlMs: number;
  heartbeatMs: number;
  /** A holder counts its lease as over so long before others may. */
  marginMs: number;
  /** Sockets stay open for so long without the bus, since nobody else can claim either. */
  suspectLimitMs: number;
  /** Partitions with sessions handed over at the same time: one at a time is slow, all at once leaves all sessions without an owner. */
  handOversAtOnce: number;
}
export const leaseDefaults = {
  ttlMs: 3_000,
  heartbeatMs: 750,
  marginMs: 500,
  suspectLimitMs: 30_000,
  handOversAtOnce: 8,
} as const satisfies Omit<LeaseSettings, 'partitionCount'>;

export interface SeenMember {
  entry: MemberEntry;
  revision: number;
  /** On this member's own monotonic clock: when the revision was first seen. */
  sinceMs: number;
  /** Its key was read since then, as the watch is a hint only. */
  looked: boolean;
  fencing: boolean;
}
export interface SeenPartition extends PartitionEntry {
  revision: number;
  /** Shown by the watch, behind everything that was written before it. */
  watched: boolean;
  /** When this member saw its owner give it up; absent when that was before its time. */
  freedAtMs?: number;
}
export const noOwner: PartitionEntry = { owner: null, incarnation: 0 };
export interface HeldPartition {
  /** Of the claim. */
  revision: number;
  /** held: served; handing-over: being brought to an end; ended: only the word in the bucket is missing. */
  phase: 'held' | 'handing-over' | 'ended';
  /** A release is under way. */
  writing: boolean;
}

export interface LeaseState {
  readonly settings: LeaseSettings;
  readonly me: string;
  readonly phase: 'active' | 'draining' | 'left';
  readonly incarnation: number;
  /** Of my key; 0 when it does not exist. */
  readonly revision: number;
  /** Exclusive. No side effect may begin at or after it. */
  readonly validUntilMs: number;
  readonly beat: { readonly number: number; readonly sentAtMs: number; readonly inFlight: boolean };
  /** The watch has shown everything up to a heartbeat of mine that was written after it began. */
  readonly synced: boolean;
  /** Heartbeats up to this one were written before the watch began. */
  readonly watchedFromBeat: number;
  readonly watchSeenMs: number;
  readonly suspectSinceMs: number | undefined;
  readonly lastTickMs: number;
  /** Without me. */
  readonly members: ReadonlyMap<string, SeenMember>;
  readonly partitions: ReadonlyMap<number, SeenPartition>;
  readonly held: ReadonlyMap<number, HeldPartition>;
  /** To be handed over before the others. */
  readonly handOverFirst: ReadonlySet<number>;
  /** Not held, and a write of mine is under way. */
  readonly claiming: ReadonlySet<number>;
}

export function initialLeaseState(me: string, settings: LeaseSettings, nowMs: number): LeaseState {
  return {
    settings,
    me,
    phase: 'active',
    incarnation: 1,
    revision: 0,
    validUntilMs: Number.NEGATIVE_INFINITY,
    beat: { number: 0, sentAtMs: Number.NEGATIVE_INFINITY, inFlight: false },
    synced: false,
    watchedFromBeat: 0,
    watchSeenMs: nowMs,
    suspectSinceMs: undefined,
    lastTickMs: nowMs,
    members: new Map(),
    partitions: new Map(),
    held: new Map(),
    handOverFirst: new Set(),
    claiming: new Set(),
  };
}

/** Whether this member may act as an owner at that time on its own clock. */
export const isValid = (state: LeaseState, nowMs: number): boolean =>
  state.phase !== 'left' && nowMs < state.validUntilMs;

export type LeaseInput =
  | { kind: 'tick' }
  /** `first`: the partitions with sessions; the rest can wait, since nobody waits for it. */
  | { kind: 'drain'; first: readonly number[] }
  /** Entries are shown from the beginning again. */
  | { kind: 'watch-began' }
  /** Through the watch, or read. `entry` is absent when the key is deleted. */
  | { kind: 'member-seen'; member: string; entry: MemberEntry | undefined; revision: number; watched: boolean }
  | { kind: 'partition-seen'; partition: number; entry: PartitionEntry; revision: number; watched: boolean }
  | { kind: 'beat-stored'; beat: number; revision: number }
  /** Somebody wrote my key; `entry` is what is there now. */
  | { kind: 'beat-refused'; beat: number; entry: MemberEntry | undefined; revision: number }
  /** No answer: it may be stored or not. */
  | { kind: 'beat-lost'; beat: number }
  | { kind: 'claimed'; partition: number; incarnation: number; revision: number; released: boolean }
  /** Refused or without an answer. */
  | { kind: 'claim-failed'; partition: number }
  | { kind: 'fence-failed'; member: string }
  /** The partition is at rest: nothing of it runs here any more. */
  | { kind: 'handed-over'; partition: number; revision: number }
  | { kind: 'released'; partition: number; revision: number }
  | { kind: 'release-failed'; partition: number }
  /** The database refused a write: somebody else has it, whatever the bucket says. */
  | { kind: 'rejected'; partition: number; revision: number };

export type DropReason = 'fenced' | 'superseded' | 'rejected' | 'suspect';

export type LeaseEffect =
  | { kind: 'beat'; beat: number; entry: MemberEntry; revision: number }
  /** `released`: the owner before has just handed it over. */
  | { kind: 'claim'; partition: number; entry: PartitionEntry; revision: number; released: boolean }
  | { kind: 'release'; partition: number; entry: PartitionEntry; revision: number }
  | { kind: 'fence'; member: string; entry: MemberEntry; revision: number }
  /** Read the key of a member. */
  | { kind: 'look'; member: string }
  | { kind: 'forget'; member: string; revision: number }
  | { kind: 'watch-again' }
  | { kind: 'leave'; revision: number }
  /** Begin to serve. */
  | { kind: 'acquired'; partition: number; revision: number; released: boolean }
  /** Bring it to an end in good order, then say `handed-over`. */
  | { kind: 'hand-over'; partition: number; revision: number }
  /** Go quiet at once. */
  | { kind: 'drop'; partition: number; revision: number; reason: DropReason };

export interface LeaseDecision {
  state: LeaseState;
  effects: LeaseEffect[];
}
export const only = (state: LeaseState): LeaseDecision => ({ state, effects: [] });
