/** One member of a pool on the bus: carries out what `decideLease` says, and tells the engine what it owns. */
import { leaseKeys, type MemberEntry, type PartitionEntry, parseLeaseKey } from '@wam/contracts';
import type { Clock, Logger, Timer } from '@wam/service-kit';
import { isWrongRevision, type KV, type KvEntry } from '@wam/service-kit/nats';
import { assignPartitions } from './assign-partitions.ts';
import { decideLease } from './decide-lease.ts';
import {
  type DropReason,
  initialLeaseState,
  isValid,
  type LeaseEffect,
  type LeaseInput,
  type LeaseSettings,
  type LeaseState,
  noOwner,
} from './lease-state.ts';
import { liveMembers } from './plan-lease.ts';

export interface LeaseKeeperOptions {
  bucket: KV;
  pool: string;
  /** Name of this process, which no other process has, nor had. */
  member: string;
  settings: LeaseSettings;
  clock: Clock;
  logger: Logger;
  /** `released`: its last owner handed it over, so that it was served until now. */
  onAcquired(partition: number, revision: number, released: boolean): void;
  /** Resolves when nothing of the partition runs here any more. */
  handOver(partition: number, revision: number): Promise<void>;
  /** Nothing more may be said about it, from this call on. */
  onDropped(partition: number, reason: DropReason): void;
}
export interface LeaseKeeper {
  start(): void;
  /** Resolves when every partition has an owner that is known to live, or after that time. */
  settled(timeoutMs: number): Promise<void>;
  /** Whether side effects may begin now. */
  isValid(): boolean;
  /** The database, or the bus, shows that somebody else has the partition. */
  reject(partition: number, revision: number): void;
  /** Hands everything over, some of it before the rest, and leaves the pool; gives up after that time. */
  leave(timeoutMs: number, first: readonly number[]): Promise<void>;
  stop(): void;
  state(): LeaseState;
}

const tickMs = 100;
const answerTimeoutMs = 1_000;
const watchRetryMs = 200;

export function createLeaseKeeper(options: LeaseKeeperOptions): LeaseKeeper {
  const { bucket, pool, member, clock, logger } = options;
  let state = initialLeaseState(member, options.settings, clock.monotonicMs());
  let ticking: Timer | undefined;
  let stopped = false;
  let stopWatch: (() => void) | undefined;
  /** Members whose heartbeat was seen to move. */
  const alive = new Set<string>();
  let waiting: { isDone(): boolean; resolve(): void }[] = [];

  function hear(input: LeaseInput): void {
    if (stopped) return;
    if (input.kind === 'member-seen') {
      const known = state.members.get(input.member);
      if (known && input.revision > known.revision && input.entry?.state === 'up') alive.add(input.member);
    }
    const decided = decideLease(state, input, clock.monotonicMs());
    state = decided.state;
    for (const effect of decided.effects) carryOut(effect);
    const done = waiting.filter((each) => each.isDone());
    waiting = waiting.filter((each) => !done.includes(each));
    for (const { resolve } of done) resolve();
  }

  /** `refused` when somebody wrote in between, `lost` when nobody answered: then it may be stored or not. */
  async function write(key: string, value: object, revision: number): Promise<number | 'refused' | 'lost'> {
    try {
      // Not `update`, which knows no key that does not exist yet.
      return await bucket.put(key, JSON.stringify(value), { previousSeq: revision, timeout: answerTimeoutMs });
    } catch (error) {
      return isWrongRevision(error) ? 'refused' : 'lost';
    }
  }
  function inputOf({ key, operation, revision }: KvEntry, value: unknown, watched: boolean): LeaseInput | undefined {
    const of = parseLeaseKey(key);
    const isGone = operation !== 'PUT';
    if (of?.kind === 'member') {
      const entry = isGone ? undefined : (value as MemberEntry);
      return { kind: 'member-seen', member: of.member, entry, revision, watched };
    }
    if (of?.kind !== 'partition') return undefined;
    const entry = isGone ? noOwner : (value as PartitionEntry);
    return { kind: 'partition-seen', partition: of.partition, entry, revision, watched };
  }
  const parsed = (entry: KvEntry, watched: boolean): LeaseInput | undefined =>
    inputOf(entry, entry.operation === 'PUT' ? entry.json() : undefined, watched);

  async function read(key: string): Promise<LeaseInput | 'nothing' | 'lost'> {
    try {
      const entry = await bucket.get(key);
      return (entry && parsed(entry, false)) ?? 'nothing';
    } catch {
      return 'lost';
    }
  }
  async function readAndHear(key: string): Promise<void> {
    const input = await read(key);
    if (typeof input === 'object') hear(input);
  }

  async function beat({ beat: number, entry, revision }: Extract<LeaseEffect, { kind: 'beat' }>): Promise<void> {
    const key = leaseKeys.member(pool, member);
    const outcome = await write(key, entry, revision);
    if (typeof outcome === 'number') return hear({ kind: 'beat-stored', beat: number, revision: outcome });
    if (outcome === 'lost') return hear({ kind: 'beat-lost', beat: number });
    const mine = await read(key);
    if (mine === 'lost') hear({ kind: 'beat-lost', beat: number });
    else if (mine === 'nothing') hear({ kind: 'beat-refused', beat: number, entry: undefined, revision: 0 });
    else if (mine.kind === 'member-seen')
      hear({ kind: 'beat-refused', beat: number, entry: mine.entry, revision: mine.revision });
  }
  async function claim(effect: Extract<LeaseEffect, { kind: 'claim' }>): Promise<void> {
    const { partition, entry, released } = effect;
    const outcome = await write(leaseKeys.partition(pool, partition), entry, effect.revision);
    if (typeof outcome === 'number')
      return hear({ kind: 'claimed', partition, incarnation: entry.incarnation, revision: outcome, released });
    await readAndHear(leaseKeys.partition(pool, partition));
    hear({ kind: 'claim-failed', partition });
  }
  async function release({ partition, entry, revision }: Extract<LeaseEffect, { kind: 'release' }>): Promise<void> {
    const outcome = await write(leaseKeys.partition(pool, partition), entry, revision);
    if (typeof outcome === 'number') return hear({ kind: 'released', partition, revision: outcome });
    await readAndHear(leaseKeys.partition(pool, partition));
    hear({ kind: 'release-failed', partition });
  }
  async function fence(effect: Extract<LeaseEffect, { kind: 'fence' }>): Promise<void> {
    const outcome = await write(leaseKeys.member(pool, effect.member), effect.entry, effect.revision);
    if (typeof outcome === 'number') {
      logger.warn({ pool, member: effect.member }, 'a member of the pool is silent; its partitions are taken over');
      const { member: name, entry } = effect;
      return hear({ kind: 'member-seen', member: name, entry, revision: outcome, watched: false });
    }
    await readAndHear(leaseKeys.member(pool, effect.member));
    hear({ kind: 'fence-failed', member: effect.member });
  }

  async function carryOutSlow(effect: LeaseEffect): Promise<void> {
    switch (effect.kind) {
      case 'beat':
        return beat(effect);
      case 'claim':
        return claim(effect);
      case 'release':
        return release(effect);
      case 'fence':
        return fence(effect);
      case 'look':
        return readAndHear(leaseKeys.member(pool, effect.member));
      case 'forget':
        return bucket.delete(leaseKeys.member(pool, effect.member), { previousSeq: effect.revision });
      case 'leave':
        return bucket.delete(leaseKeys.member(pool, member), { previousSeq: effect.revision });
      case 'hand-over':
        await options.handOver(effect.partition, effect.revision);
        return hear({ kind: 'handed-over', partition: effect.partition, revision: effect.revision });
      default:
        throw new Error(`Not a slow effect: ${effect.kind}`);
    }
  }
  function carryOut(effect: LeaseEffect): void {
    switch (effect.kind) {
      case 'acquired':
        options.onAcquired(effect.partition, effect.revision, effect.released);
        return;
      case 'drop':
        options.onDropped(effect.partition, effect.reason);
        return;
      case 'watch-again':
        stopWatch?.();
        return;
      default:
        carryOutSlow(effect).catch((error) => {
          // What matters is decided again with the next tick.
          logger.debug({ pool, effect: effect.kind, reason: String(error) }, 'a word to the lease bucket was lost');
        });
    }
  }

  async function watchOnce(): Promise<void> {
    const watch = await bucket.watch({ key: leaseKeys.ofPool(pool) });
    stopWatch = () => watch.stop();
    if (stopped) return watch.stop();
    hear({ kind: 'watch-began' });
    for await (const entry of watch) {
      const input = parsed(entry, true);
      if (input) hear(input);
    }
  }
  async function watch(): Promise<void> {
    while (!stopped) {
      await watchOnce().catch((error) => logger.debug({ pool, reason: String(error) }, 'the lease watch ended'));
      if (!stopped) await clock.sleep(watchRetryMs);
    }
  }
  function tick(): void {
    if (stopped) return;
    hear({ kind: 'tick' });
    ticking = clock.setTimeout(tick, tickMs);
  }

  function within(timeoutMs: number, isDone: () => boolean): Promise<void> {
    if (isDone()) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = clock.setTimeout(resolve, timeoutMs);
      const done = (): void => {
        timer.cancel();
        resolve();
      };
      waiting.push({ isDone, resolve: done });
    });
  }
  function isOwned(partition: number, assigned: readonly string[]): boolean {
    const owner = state.partitions.get(partition)?.owner;
    if (state.held.has(partition)) return true;
    // Its claim is on its way to somebody who lives.
    return alive.has(owner ?? assigned[partition] ?? '');
  }
  function isSettled(): boolean {
    if (!state.synced || !isValid(state, clock.monotonicMs())) return false;
    const assigned = assignPartitions(liveMembers(state), state.settings.partitionCount);
    return assigned.every((_, partition) => isOwned(partition, assigned));
  }

  return {
    start() {
      // It handles its own failures.
      void watch();
      tick();
    },
    settled: (timeoutMs) => within(timeoutMs, isSettled),
    isValid: () => isValid(state, clock.monotonicMs()),
    reject: (partition, revision) => hear({ kind: 'rejected', partition, revision }),
    async leave(timeoutMs, first) {
      hear({ kind: 'drain', first });
      const isAtRest = (): boolean => [...state.held.values()].every(({ phase }) => phase === 'ended');
      // Without the bus nobody hears of it, and the lease ends by itself.
      await within(timeoutMs, () => state.phase === 'left' || (isAtRest() && !isValid(state, clock.monotonicMs())));
    },
    stop() {
      stopped = true;
      ticking?.cancel();
      stopWatch?.();
    },
    state: () => state,
  };
}
