/** What a member of a pool does next by what it knows: its heartbeat, the other members, the partitions, its leave. Pure. */
import type { MemberEntry } from '@wam/contracts';
import { assignPartitions } from './assign-partitions.ts';
import { isValid, type LeaseDecision, type LeaseEffect, type LeaseState, noOwner, only } from './lease-state.ts';

/** Share of the TTL after which a silent member's key is read: the watch may have died with a node of the bus. */
const lookAfterTtlShare = 0.6;
/** A fenced member's key is kept for so many TTLs, then removed: processes have names of their own. */
const forgetAfterTtls = 20;
/** The watch is begun again when it did not show my own heartbeats for so many TTLs. */
const watchSilentTtls = 2;

export function plan(state: LeaseState, nowMs: number): LeaseDecision {
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
