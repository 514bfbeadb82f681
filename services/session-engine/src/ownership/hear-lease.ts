/** What a member of a pool knows after what it hears, and what it has to drop or begin because of that. Pure. */
import type { MemberEntry } from '@wam/contracts';
import {
  type DropReason,
  type HeldPartition,
  isValid,
  type LeaseDecision,
  type LeaseEffect,
  type LeaseInput,
  type LeaseState,
  noOwner,
  only,
  type SeenMember,
  type SeenPartition,
} from './lease-state.ts';

export function hear(state: LeaseState, input: LeaseInput, nowMs: number): LeaseDecision {
  switch (input.kind) {
    case 'tick':
      return tick(state, nowMs);
    case 'drain':
      // The next heartbeat says so; it is due now.
      return only({
        ...state,
        phase: 'draining',
        handOverFirst: new Set(input.first),
        beat: { ...state.beat, sentAtMs: Number.NEGATIVE_INFINITY },
      });
    case 'watch-began':
      return only({ ...state, synced: false, watchedFromBeat: state.beat.number, watchSeenMs: nowMs });
    case 'member-seen':
      return input.member === state.me ? seeMyself(state, input, nowMs) : only(seeMember(state, input, nowMs));
    case 'partition-seen':
      return seePartition(state, input, nowMs);
    case 'beat-stored':
      if (input.beat !== state.beat.number) return only(state);
      return only(renewed(state, input.revision, nowMs));
    case 'beat-refused':
      if (input.beat !== state.beat.number) return only(state);
      // My own write whose answer was lost: its revision is mine, and what it was worth is not known. The next one tells.
      if (isMine(state, input.entry))
        return only({ ...state, revision: input.revision, beat: { ...state.beat, ...idle } });
      return fenced(state, input.revision);
    case 'beat-lost':
      if (input.beat !== state.beat.number) return only(state);
      return only({ ...state, beat: { ...state.beat, inFlight: false } });
    case 'claimed':
      return claimed(state, input, nowMs);
    case 'claim-failed':
      return only({ ...state, claiming: withoutMember(state.claiming, input.partition) });
    case 'fence-failed': {
      const member = state.members.get(input.member);
      // As if heard of now: no second attempt before another TTL.
      if (!member) return only(state);
      const again = { ...member, fencing: false, looked: false, sinceMs: nowMs };
      return only({ ...state, members: withEntry(state.members, input.member, again) });
    }
    case 'handed-over':
      return only(changeHeld(state, input.partition, input.revision, { phase: 'ended' }));
    case 'released': {
      const free: SeenPartition = { ...noOwner, revision: input.revision, watched: false };
      return only({
        ...state,
        held: withoutKey(state.held, input.partition),
        claiming: withoutMember(state.claiming, input.partition),
        partitions: withEntry(state.partitions, input.partition, newer(state.partitions.get(input.partition), free)),
      });
    }
    case 'release-failed': {
      const failed = { ...state, claiming: withoutMember(state.claiming, input.partition) };
      const held = state.held.get(input.partition);
      return only(held ? changeHeld(failed, input.partition, held.revision, { writing: false }) : failed);
    }
    case 'rejected':
      return state.held.get(input.partition)?.revision === input.revision
        ? drop(state, [input.partition], 'rejected')
        : only(state);
    default: {
      const unknown: never = input;
      throw new Error(`Unknown lease input ${JSON.stringify(unknown)}`);
    }
  }
}

const idle = { inFlight: false, sentAtMs: Number.NEGATIVE_INFINITY } as const;
const isMine = (state: LeaseState, entry: MemberEntry | undefined): boolean =>
  entry !== undefined && entry.incarnation === state.incarnation && entry.state !== 'dead';
const newer = (known: SeenPartition | undefined, seen: SeenPartition): SeenPartition =>
  known && known.revision >= seen.revision ? known : seen;

function changeHeld(
  state: LeaseState,
  partition: number,
  revision: number,
  change: Partial<HeldPartition>,
): LeaseState {
  const held = state.held.get(partition);
  if (held?.revision !== revision) return state;
  return { ...state, held: withEntry(state.held, partition, { ...held, ...change }) };
}

function restartedClocks(state: LeaseState, nowMs: number): Pick<LeaseState, 'members' | 'watchSeenMs'> {
  const heardNow = (member: SeenMember): SeenMember => ({ ...member, sinceMs: nowMs, looked: false });
  return {
    members: new Map([...state.members].map(([name, member]) => [name, heardNow(member)])),
    watchSeenMs: nowMs,
  };
}

function tick(state: LeaseState, nowMs: number): LeaseDecision {
  const sinceTickMs = nowMs - state.lastTickMs;
  const ticked = { ...state, lastTickMs: nowMs };
  // I was not running: what others wrote meanwhile is still on its way to me.
  if (sinceTickMs > state.settings.heartbeatMs) Object.assign(ticked, restartedClocks(state, nowMs));
  if (isValid(ticked, nowMs) || ticked.revision === 0) return only(ticked);
  const suspectSinceMs = ticked.suspectSinceMs ?? nowMs;
  const suspect = { ...ticked, suspectSinceMs };
  if (nowMs - suspectSinceMs <= state.settings.suspectLimitMs) return only(suspect);
  return drop(suspect, [...state.held.keys()], 'suspect');
}

/** A heartbeat of mine is stored: nobody fenced me until then. */
function renewed(state: LeaseState, revision: number, nowMs: number): LeaseState {
  // After a gap of mine, others may have been cut off as well: nobody is fenced for what I could not hear.
  const lapsed = !isValid(state, nowMs);
  return {
    ...state,
    revision,
    // Counted from before it was sent.
    validUntilMs: state.beat.sentAtMs + state.settings.ttlMs - state.settings.marginMs,
    beat: { ...state.beat, inFlight: false },
    suspectSinceMs: undefined,
    ...(lapsed ? restartedClocks(state, nowMs) : {}),
  };
}

/** Others may have everything by now. I come back as another one. */
function fenced(state: LeaseState, revision: number): LeaseDecision {
  const dropped = drop(state, [...state.held.keys()], 'fenced');
  const back: LeaseState = {
    ...dropped.state,
    incarnation: state.incarnation + 1,
    revision,
    validUntilMs: Number.NEGATIVE_INFINITY,
    beat: { ...state.beat, ...idle },
    claiming: new Set(),
    suspectSinceMs: undefined,
  };
  return { state: back, effects: dropped.effects };
}

function drop(state: LeaseState, partitions: readonly number[], reason: DropReason): LeaseDecision {
  const held = new Map(state.held);
  const effects = partitions.flatMap((partition): LeaseEffect[] => {
    const lost = held.get(partition);
    if (!lost) return [];
    held.delete(partition);
    return [{ kind: 'drop', partition, revision: lost.revision, reason }];
  });
  return { state: { ...state, held }, effects };
}

type MemberSeen = Extract<LeaseInput, { kind: 'member-seen' }>;

function seeMyself(state: LeaseState, { entry, revision, watched }: MemberSeen, nowMs: number): LeaseDecision {
  // My lease tells whether I live, not the watch; but a verdict that is in the bucket stands.
  if (entry?.state === 'dead' && entry.incarnation === state.incarnation) return fenced(state, revision);
  if (!watched) return only(state);
  const synced = state.synced || (entry !== undefined && entry.beat > state.watchedFromBeat);
  return only({ ...state, synced, watchSeenMs: nowMs });
}

function seeMember(state: LeaseState, { member, entry, revision }: MemberSeen, nowMs: number): LeaseState {
  const known = state.members.get(member);
  if (known && known.revision >= revision) return state;
  if (entry === undefined) return { ...state, members: withoutKey(state.members, member) };
  const seen: SeenMember = { entry, revision, sinceMs: nowMs, looked: false, fencing: false };
  return { ...state, members: withEntry(state.members, member, seen) };
}

type PartitionSeen = Extract<LeaseInput, { kind: 'partition-seen' }>;

function seePartition(
  state: LeaseState,
  { partition, entry, revision, watched }: PartitionSeen,
  nowMs: number,
): LeaseDecision {
  const known = state.partitions.get(partition);
  // What a watch shows until it has caught up may be of last year.
  const freedAtMs = known?.revision === revision ? known.freedAtMs : state.synced ? nowMs : undefined;
  const seen: SeenPartition = {
    ...entry,
    revision,
    watched: watched || (known?.revision === revision && known.watched),
    ...(entry.owner === null && freedAtMs !== undefined ? { freedAtMs } : {}),
  };
  if (known && (known.revision > revision || (known.revision === revision && known.watched === seen.watched)))
    return only(state);
  const updated = { ...state, partitions: withEntry(state.partitions, partition, seen) };
  const held = state.held.get(partition);
  if (!held || held.revision >= seen.revision) return only(updated);
  // My own release whose answer was lost.
  if (held.phase === 'ended' && seen.owner === null)
    return only({ ...updated, held: withoutKey(state.held, partition) });
  return drop(updated, [partition], 'superseded');
}

function claimed(state: LeaseState, input: Extract<LeaseInput, { kind: 'claimed' }>, nowMs: number): LeaseDecision {
  const { partition, incarnation, revision, released } = input;
  const claiming = withoutMember(state.claiming, partition);
  // A claim of the one I was before I was fenced.
  if (incarnation !== state.incarnation) return only({ ...state, claiming });
  const seen = newer(state.partitions.get(partition), { owner: state.me, incarnation, revision, watched: false });
  const partitions = withEntry(state.partitions, partition, seen);
  // Somebody was faster than the answer, or may have been while I was away: when I am back it is claimed again, or released.
  if (seen.revision !== revision || !isValid(state, nowMs)) return only({ ...state, claiming, partitions });
  const held = withEntry(state.held, partition, { revision, phase: 'held', writing: false } as const);
  return {
    state: { ...state, claiming, partitions, held },
    effects: [{ kind: 'acquired', partition, revision, released }],
  };
}

const withEntry = <K, V>(map: ReadonlyMap<K, V>, key: K, value: V): Map<K, V> => new Map(map).set(key, value);
function withoutKey<K, V>(map: ReadonlyMap<K, V>, key: K): Map<K, V> {
  const copy = new Map(map);
  copy.delete(key);
  return copy;
}
function withoutMember<T>(set: ReadonlySet<T>, member: T): Set<T> {
  const copy = new Set(set);
  copy.delete(member);
  return copy;
}
