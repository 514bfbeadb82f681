/** The lease protocol as a pure function: what a member does about what it hears. Rules: docs/adr/0012. */
import type { MemberEntry, PartitionEntry } from '@wam/contracts';
import { assignPartitions } from './assign-partitions.ts';
import {
  type DropReason,
  type HeldPartition,
  isValid,
  type LeaseDecision,
  type LeaseEffect,
  type LeaseInput,
  type LeaseState,
  type SeenMember,
  type SeenPartition,
} from './lease-state.ts';

/** Share of the TTL after which a silent member's key is read: the watch may have died with a node of the bus. */
const lookAfterTtlShare = 0.6;
/** A fenced member's key is kept for so many TTLs, then removed: processes have names of their own. */
const forgetAfterTtls = 20;
/** The watch is begun again when it did not show my own heartbeats for so many TTLs. */
const watchSilentTtls = 2;

export function decideLease(before: LeaseState, input: LeaseInput, nowMs: number): LeaseDecision {
  if (before.phase === 'left') return { state: before, effects: [] };
  const heard = hear(before, input, nowMs);
  const planned = plan(heard.state, nowMs);
  return { state: planned.state, effects: [...heard.effects, ...planned.effects] };
}

const only = (state: LeaseState): LeaseDecision => ({ state, effects: [] });
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

function hear(state: LeaseState, input: LeaseInput, nowMs: number): LeaseDecision {
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

const noOwner: PartitionEntry = { owner: null, incarnation: 0 };
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

function plan(state: LeaseState, nowMs: number): LeaseDecision {
  const beaten = planBeat(state, nowMs);
  if (!isValid(beaten.state, nowMs)) return beaten;
  const watched = planMembers(beaten.state, nowMs);
  const owned = planPartitions(watched.state, nowMs);
  const left = planLeave(owned.state);
  return {
    state: left.state,
    effects: [...beaten.effects, ...watched.effects, ...owned.effects, ...left.effects],
  };
}

function planBeat(state: LeaseState, nowMs: number): LeaseDecision {
  const { beat, settings, incarnation, revision } = state;
  if (beat.inFlight || nowMs - beat.sentAtMs < settings.heartbeatMs) return only(state);
  const number = beat.number + 1;
  const entry: MemberEntry = { state: state.phase === 'draining' ? 'drain' : 'up', incarnation, beat: number };
  return {
    state: { ...state, beat: { number, sentAtMs: nowMs, inFlight: true } },
    effects: [{ kind: 'beat', beat: number, entry, revision }],
  };
}

/** Looks after the others: who is silent is read, then fenced; who was fenced long ago is forgotten. */
function planMembers(state: LeaseState, nowMs: number): LeaseDecision {
  const { ttlMs } = state.settings;
  const effects: LeaseEffect[] = [];
  const members = new Map(state.members);
  if (nowMs - state.watchSeenMs >= watchSilentTtls * ttlMs) effects.push({ kind: 'watch-again' });
  for (const [name, member] of state.members) {
    const { entry, revision, looked, fencing } = member;
    const silentMs = nowMs - member.sinceMs;
    if (entry.state === 'dead') {
      if (silentMs < forgetAfterTtls * ttlMs || ownsAny(state, name)) continue;
      effects.push({ kind: 'forget', member: name, revision });
      members.set(name, { ...member, sinceMs: nowMs });
    } else if (silentMs >= ttlMs && looked && !fencing) {
      effects.push({ kind: 'fence', member: name, entry: { ...entry, state: 'dead' }, revision });
      members.set(name, { ...member, fencing: true });
    } else if (silentMs >= lookAfterTtlShare * ttlMs && !looked) {
      effects.push({ kind: 'look', member: name });
      members.set(name, { ...member, looked: true });
    }
  }
  const watchSeenMs = effects.some(({ kind }) => kind === 'watch-again') ? nowMs : state.watchSeenMs;
  return { state: { ...state, members, watchSeenMs }, effects };
}

const ownsAny = (state: LeaseState, member: string): boolean =>
  [...state.partitions.values()].some(({ owner }) => owner === member);

/** Whether nobody can be serving it: released, never claimed, or its owner is gone, fenced, or has come back as another one. */
export function isFree(state: LeaseState, partition: number): boolean {
  const seen = state.partitions.get(partition);
  if (!seen || seen.owner === null) return true;
  // Mine by the bucket and not held: a claim whose answer was lost, or what I was before.
  if (seen.owner === state.me) return !state.held.has(partition);
  const owner = state.members.get(seen.owner);
  // Only in the order of the watch does a missing member mean that it left: a read may be ahead of it.
  if (owner === undefined) return seen.watched;
  const { state: life, incarnation } = owner.entry;
  return incarnation > seen.incarnation || (incarnation === seen.incarnation && life === 'dead');
}

export function liveMembers(state: LeaseState): string[] {
  const others = [...state.members].filter(([, { entry }]) => entry.state === 'up').map(([name]) => name);
  return state.phase === 'active' ? [...others, state.me] : others;
}

function planPartitions(state: LeaseState, nowMs: number): LeaseDecision {
  const { me, incarnation, settings } = state;
  const effects: LeaseEffect[] = [];
  const held = new Map(state.held);
  const claiming = new Set(state.claiming);
  const live = liveMembers(state);
  const assigned = assignPartitions(live, settings.partitionCount);
  for (let partition = 0; state.synced && partition < settings.partitionCount; partition++) {
    if (held.has(partition) || claiming.has(partition)) continue;
    const seen = state.partitions.get(partition);
    const revision = seen?.revision ?? 0;
    if (state.phase === 'active' && assigned[partition] === me) {
      if (!isFree(state, partition)) continue;
      claiming.add(partition);
      const released = seen?.freedAtMs !== undefined && nowMs - seen.freedAtMs < settings.ttlMs;
      effects.push({ kind: 'claim', partition, entry: { owner: me, incarnation }, revision, released });
    } else if (seen?.owner === me && seen.incarnation === incarnation) {
      // Given up in suspense, or claimed without an answer: the one whose turn it is waits for the word.
      claiming.add(partition);
      effects.push({ kind: 'release', partition, entry: noOwner, revision });
    }
  }
  // Nobody waits for it: no use in going slowly.
  const limit = live.length === 0 ? Number.POSITIVE_INFINITY : settings.handOversAtOnce;
  let handingOver = [...held.values()].filter(({ phase }) => phase === 'handing-over').length;
  const isLater = (partition: number): number => (state.handOverFirst.has(partition) ? 0 : 1);
  for (const [partition, { revision, phase, writing }] of [...held].sort(([a], [b]) => isLater(a) - isLater(b))) {
    const goes = state.phase === 'draining' || (state.synced && assigned[partition] !== me);
    if (phase === 'held' && goes && handingOver < limit) {
      handingOver += 1;
      held.set(partition, { revision, phase: 'handing-over', writing });
      effects.push({ kind: 'hand-over', partition, revision });
    } else if (phase === 'ended' && !writing) {
      held.set(partition, { revision, phase, writing: true });
      effects.push({ kind: 'release', partition, entry: noOwner, revision });
    }
  }
  return { state: { ...state, held, claiming }, effects };
}

function planLeave(state: LeaseState): LeaseDecision {
  const done = state.phase === 'draining' && state.held.size === 0 && state.claiming.size === 0;
  // A heartbeat under way would refuse the deletion, or outlive it.
  if (!done || state.beat.inFlight) return only(state);
  return { state: { ...state, phase: 'left' }, effects: [{ kind: 'leave', revision: state.revision }] };
}
