/**
 * Members of one pool on simulated time, with a bucket that may be slow, silent or away, clocks that run at different speeds, and
 * processes that pause or die. Checks at every step that no partition has two owners by the lease rule.
 */
import type { MemberEntry, PartitionEntry } from '@wam/contracts';
import { createSeededRandom } from '@wam/service-kit';
import { decideLease } from '../ownership/decide-lease.ts';
import {
  initialLeaseState,
  isValid,
  type LeaseEffect,
  type LeaseInput,
  type LeaseSettings,
  type LeaseState,
} from '../ownership/lease-state.ts';

export type Fault =
  | { kind: 'pause' | 'silent-watch' | 'cut-off'; member: number; atMs: number; forMs: number }
  | { kind: 'outage'; atMs: number; forMs: number }
  | { kind: 'kill' | 'drain'; member: number; atMs: number };

export interface PoolScript {
  seed: number;
  partitionCount: number;
  /** Speed of each member's clock; as many members as entries. */
  clockRates: number[];
  joinsAtMs: number[];
  faults: Fault[];
  /** Share of requests, and of answers, that are lost while faults last. */
  lossShare: number;
  faultsEndMs: number;
  endMs: number;
}

type Value = MemberEntry | PartitionEntry | undefined;
interface Member {
  name: string;
  rate: number;
  offset: number;
  state: LeaseState | undefined;
  pausedUntilMs: number;
  gone: boolean;
  watchAtMs: number;
  watching: boolean;
}

const settings: Omit<LeaseSettings, 'partitionCount'> = {
  ttlMs: 3_000,
  heartbeatMs: 750,
  marginMs: 500,
  suspectLimitMs: 30_000,
  handOversAtOnce: 8,
};
const answerTimeoutMs = 1_000;
const tickMs = 150;

export function runPool(script: PoolScript) {
  const random = createSeededRandom(script.seed);
  const upTo = (ms: number): number => random.next() * ms;
  const agenda: { atMs: number; order: number; run: () => void }[] = [];
  let order = 0;
  let nowMs = 0;
  const at = (atMs: number, run: () => void): void => {
    agenda.push({ atMs, order: order++, run });
  };
  const bucket = new Map<string, { value: Value; revision: number }>();
  let revision = 0;
  const acquisitions = new Map<number, number[]>();
  const violations: string[] = [];

  const members: Member[] = script.clockRates.map((rate, index) => ({
    name: `m${index}`,
    rate,
    offset: upTo(1e6),
    state: undefined,
    pausedUntilMs: 0,
    gone: false,
    watchAtMs: 0,
    watching: true,
  }));
  const clockOf = (member: Member): number => member.offset + nowMs * member.rate;
  const isDuring = (fault: { atMs: number; forMs: number }): boolean =>
    nowMs >= fault.atMs && nowMs < Math.min(fault.atMs + fault.forMs, script.faultsEndMs);
  const isCutOff = (member: Member): boolean =>
    script.faults.some(
      (fault) =>
        (fault.kind === 'outage' && isDuring(fault)) ||
        (fault.kind === 'cut-off' && members[fault.member % members.length] === member && isDuring(fault)),
    );
  const isLost = (member: Member): boolean =>
    isCutOff(member) || (nowMs < script.faultsEndMs && random.next() < script.lossShare);

  function checkOwners(): void {
    const owners = new Map<number, string>();
    for (const member of members) {
      // A dead process has no effects; a paused one may wake at any instant.
      if (member.gone || !member.state || !isValid(member.state, clockOf(member))) continue;
      for (const [partition, { phase }] of member.state.held) {
        if (phase === 'ended') continue;
        const other = owners.get(partition);
        if (other) violations.push(`${partition} is owned by ${other} and ${member.name} at ${nowMs}`);
        owners.set(partition, member.name);
      }
    }
  }

  function give(member: Member, input: LeaseInput): void {
    if (member.gone) return;
    if (nowMs < member.pausedUntilMs) {
      at(member.pausedUntilMs, () => give(member, input));
      return;
    }
    const decided = decideLease(member.state!, input, clockOf(member));
    member.state = decided.state;
    checkOwners();
    for (const effect of decided.effects) carryOut(member, effect);
    if (decided.state.phase === 'left') member.gone = true;
  }

  /** A write at a revision; the answer comes later, or never. */
  function write(
    member: Member,
    key: string,
    value: Value,
    expected: number,
    answer: (outcome: { revision: number } | 'refused' | 'lost') => void,
  ): void {
    if (isLost(member)) {
      at(nowMs + answerTimeoutMs, () => answer('lost'));
      return;
    }
    at(nowMs + upTo(60), () => {
      const isRight = (bucket.get(key)?.revision ?? 0) === expected;
      const stored = isRight ? ++revision : 0;
      if (isRight) {
        bucket.set(key, { value, revision: stored });
        for (const each of members) show(each, key);
      }
      if (isLost(member)) at(nowMs + answerTimeoutMs, () => answer('lost'));
      else at(nowMs + upTo(60), () => answer(isRight ? { revision: stored } : 'refused'));
    });
  }
  function seen(key: string, watched: boolean): LeaseInput | undefined {
    const entry = bucket.get(key);
    if (!entry) return undefined;
    const [kind, name] = key.split('.') as [string, string];
    if (kind === 'm')
      return {
        kind: 'member-seen',
        member: name,
        entry: entry.value as MemberEntry,
        revision: entry.revision,
        watched,
      };
    const value = entry.value as PartitionEntry;
    return { kind: 'partition-seen', partition: Number(name), entry: value, revision: entry.revision, watched };
  }
  /** In the order of the bucket, some time later. */
  function show(member: Member, key: string): void {
    if (!member.state || !member.watching) return;
    const input = seen(key, true)!;
    member.watchAtMs = Math.max(member.watchAtMs, nowMs + upTo(80));
    at(member.watchAtMs, () => member.watching && give(member, input));
  }
  function beginWatch(member: Member): void {
    member.watching = true;
    give(member, { kind: 'watch-began' });
    const keys = [...bucket].sort(([, a], [, b]) => a.revision - b.revision).map(([key]) => key);
    for (const key of keys) show(member, key);
  }
  function read(member: Member, key: string): LeaseInput | undefined {
    return isLost(member) ? undefined : seen(key, false);
  }

  function carryOut(member: Member, effect: LeaseEffect): void {
    const hear = (input: LeaseInput | undefined): void => {
      if (input) give(member, input);
    };
    switch (effect.kind) {
      case 'beat':
        write(member, `m.${member.name}`, effect.entry, effect.revision, (outcome) => {
          if (outcome === 'lost') return hear({ kind: 'beat-lost', beat: effect.beat });
          if (outcome !== 'refused')
            return hear({ kind: 'beat-stored', beat: effect.beat, revision: outcome.revision });
          const mine = read(member, `m.${member.name}`);
          if (mine?.kind !== 'member-seen') return hear({ kind: 'beat-lost', beat: effect.beat });
          hear({ kind: 'beat-refused', beat: effect.beat, entry: mine.entry, revision: mine.revision });
        });
        return;
      case 'claim':
        write(member, `p.${effect.partition}`, effect.entry, effect.revision, (outcome) => {
          const { partition } = effect;
          if (outcome !== 'lost' && outcome !== 'refused') {
            const { entry, released } = effect;
            return hear({ kind: 'claimed', partition, incarnation: entry.incarnation, released, ...outcome });
          }
          hear(read(member, `p.${partition}`));
          hear({ kind: 'claim-failed', partition });
        });
        return;
      case 'release':
        write(member, `p.${effect.partition}`, effect.entry, effect.revision, (outcome) => {
          const { partition } = effect;
          if (outcome !== 'lost' && outcome !== 'refused') return hear({ kind: 'released', partition, ...outcome });
          hear(read(member, `p.${partition}`));
          hear({ kind: 'release-failed', partition });
        });
        return;
      case 'fence':
        write(member, `m.${effect.member}`, effect.entry, effect.revision, (outcome) => {
          hear(read(member, `m.${effect.member}`));
          if (outcome === 'lost' || outcome === 'refused') hear({ kind: 'fence-failed', member: effect.member });
        });
        return;
      case 'look':
        at(nowMs + upTo(60), () => hear(read(member, `m.${effect.member}`)));
        return;
      case 'forget':
      case 'leave':
        write(
          member,
          `m.${effect.kind === 'leave' ? member.name : effect.member}`,
          undefined,
          effect.revision,
          () => undefined,
        );
        return;
      case 'watch-again':
        beginWatch(member);
        return;
      case 'acquired':
        acquisitions.set(effect.partition, [...(acquisitions.get(effect.partition) ?? []), effect.revision]);
        return;
      case 'hand-over':
        at(nowMs + upTo(400), () =>
          hear({ kind: 'handed-over', partition: effect.partition, revision: effect.revision }),
        );
        return;
      case 'drop':
        return;
      default: {
        const unknown: never = effect;
        throw new Error(`Unknown effect ${JSON.stringify(unknown)}`);
      }
    }
  }

  function join(member: Member): void {
    member.state = initialLeaseState(
      member.name,
      { ...settings, partitionCount: script.partitionCount },
      clockOf(member),
    );
    beginWatch(member);
    const tick = (): void => {
      if (member.gone) return;
      // A paused process runs its timer once when it wakes.
      if (nowMs >= member.pausedUntilMs) give(member, { kind: 'tick' });
      at(Math.max(nowMs + tickMs, member.pausedUntilMs), tick);
    };
    tick();
  }
  for (const [index, member] of members.entries()) at(script.joinsAtMs[index] ?? 0, () => join(member));
  for (const fault of script.faults) {
    if (fault.kind === 'outage' || fault.kind === 'cut-off') continue;
    const member = members[fault.member % members.length]!;
    at(fault.atMs, () => {
      if (!member.state || member.gone) return;
      if (fault.kind === 'kill') member.gone = true;
      else if (fault.kind === 'drain') give(member, { kind: 'drain', first: [] });
      else if (fault.kind === 'pause') member.pausedUntilMs = nowMs + fault.forMs;
      // What it would have shown is lost until the watch is begun again.
      else member.watching = false;
    });
  }

  while (agenda.length > 0) {
    let first = 0;
    for (let index = 1; index < agenda.length; index++) {
      const [a, b] = [agenda[index]!, agenda[first]!];
      if (a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)) first = index;
    }
    const [next] = agenda.splice(first, 1);
    if (!next || next.atMs > script.endMs) break;
    nowMs = next.atMs;
    next.run();
  }
  const live = members.filter(({ gone, state }) => !gone && state?.phase === 'active');
  return {
    violations,
    acquisitions,
    live: live.map(({ name }) => name),
    /** Partitions each live member serves in the end. */
    held: new Map(live.map((member) => [member.name, [...member.state!.held.keys()].sort((a, b) => a - b)])),
  };
}
