import { describe, expect, it } from 'vitest';
import { decideLease } from './decide-lease.ts';
import { initialLeaseState, isValid, type LeaseEffect, type LeaseInput, leaseDefaults } from './lease-state.ts';
import { isFree } from './plan-lease.ts';

/** A member on a clock of its own; what it does is collected. */
function member(me = 'a', partitionCount = 4) {
  let state = initialLeaseState(me, { ...leaseDefaults, partitionCount }, 0);
  let nowMs = 0;
  const hear = (input: LeaseInput): LeaseEffect[] => {
    const decided = decideLease(state, input, nowMs);
    state = decided.state;
    return decided.effects;
  };
  const self = {
    hear,
    state: () => state,
    valid: () => isValid(state, nowMs),
    at(ms: number) {
      nowMs = ms;
      return self;
    },
    tick: () => hear({ kind: 'tick' }),
    /** Sends a heartbeat, which is stored and seen. */
    join(revision = 1) {
      hear({ kind: 'watch-began' });
      hear({ kind: 'tick' });
      return self.stored(revision);
    },
    stored(revision: number): LeaseEffect[] {
      const { number } = state.beat;
      const effects = hear({ kind: 'beat-stored', beat: number, revision });
      const entry = { state: 'up', incarnation: state.incarnation, beat: number } as const;
      return [...effects, ...hear({ kind: 'member-seen', member: me, entry, revision, watched: true })];
    },
    sees(name: string, revision: number, more: object = {}) {
      const entry = { state: 'up', incarnation: 1, beat: revision, ...more } as const;
      return hear({ kind: 'member-seen', member: name, entry, revision, watched: true });
    },
    own(count = 4) {
      for (let partition = 0; partition < count; partition++)
        hear({ kind: 'claimed', partition, incarnation: state.incarnation, revision: 100 + partition, released: true });
    },
  };
  return self;
}
const kinds = (effects: LeaseEffect[]) => effects.map(({ kind }) => kind);
const ofKind = <K extends LeaseEffect['kind']>(effects: LeaseEffect[], kind: K) =>
  effects.filter((effect): effect is Extract<LeaseEffect, { kind: K }> => effect.kind === kind);

describe('A lease', () => {
  it('holds from before its heartbeat was sent, less the margin', () => {
    const a = member();
    a.at(1_000).tick();
    a.at(1_400).stored(1);
    expect(a.at(3_499).valid()).toBe(true);
    expect(a.at(3_500).valid()).toBe(false);
  });

  it('is renewed every heartbeat interval, one at a time, at the last revision', () => {
    const a = member();
    a.join(7);
    expect(kinds(a.at(700).tick())).toEqual([]);
    expect(a.at(750).tick()).toMatchObject([{ kind: 'beat', revision: 7, entry: { state: 'up', beat: 2 } }]);
    expect(a.at(2_000).tick()).toEqual([]);
    a.hear({ kind: 'beat-lost', beat: 2 });
    expect(a.state().beat).toMatchObject({ number: 3, inFlight: true });
  });

  it('goes on after an answer was lost: its own write is recognised, and proves nothing by itself', () => {
    const a = member();
    a.join(7);
    a.at(750).tick();
    const entry = { state: 'up', incarnation: 1, beat: 2 } as const;
    expect(a.at(1_750).hear({ kind: 'beat-lost', beat: 2 })).toMatchObject([{ kind: 'beat', beat: 3, revision: 7 }]);
    const effects = a.hear({ kind: 'beat-refused', beat: 3, entry, revision: 8 });
    expect(effects).toMatchObject([{ kind: 'beat', revision: 8 }]);
    expect(a.at(2_499).valid()).toBe(true);
    expect(a.at(2_500).valid()).toBe(false);
  });

  it('that was fenced ends everything, and its member comes back as another one', () => {
    const a = member();
    a.join();
    a.own();
    a.at(800).tick();
    const entry = { state: 'dead', incarnation: 1, beat: 1 } as const;
    const effects = a.hear({ kind: 'beat-refused', beat: 2, entry, revision: 9 });
    expect(ofKind(effects, 'drop').map(({ partition, reason }) => [partition, reason])).toEqual(
      [0, 1, 2, 3].map((partition) => [partition, 'fenced']),
    );
    expect(a.valid()).toBe(false);
    expect(ofKind(effects, 'beat')).toMatchObject([{ revision: 9, entry: { incarnation: 2 } }]);
  });

  it('of a member that hears nothing is in suspense: its partitions stay, and go on with the same claims when the bus is back', () => {
    const a = member();
    a.join();
    a.own();
    expect(kinds(a.at(10_000).tick())).toEqual(['beat']);
    expect(a.valid()).toBe(false);
    const effects = a.at(20_000).stored(5);
    expect(ofKind(effects, 'drop')).toEqual([]);
    expect(a.valid()).toBe(false);
    a.tick();
    a.stored(6);
    expect(a.valid()).toBe(true);
    expect([...a.state().held.values()].map(({ revision }) => revision)).toEqual([100, 101, 102, 103]);
  });

  it('is given up after too long in suspense', () => {
    const a = member();
    a.join();
    a.own();
    a.at(5_000).tick();
    expect(kinds(a.at(35_000).tick())).not.toContain('drop');
    expect(ofKind(a.at(35_001).tick(), 'drop')).toHaveLength(4);
  });
});

describe('Other members', () => {
  it('that are silent are read first and fenced at their last revision after the TTL', () => {
    const a = member();
    a.join();
    a.sees('b', 20);
    let revision = 1;
    const steps: [number, string[]][] = [];
    for (let ms = 250; ms <= 3_250; ms += 250) {
      const effects = a.at(ms).tick();
      if (ofKind(effects, 'beat').length > 0) effects.push(...a.stored(++revision));
      steps.push([ms, kinds(effects).filter((kind) => kind !== 'beat')]);
    }
    expect(steps.filter(([, effects]) => effects.length > 0)).toEqual([
      [2_000, ['look']],
      [3_000, ['fence']],
    ]);
  });

  it('are never fenced by a member whose own lease is over, nor right after it came back', () => {
    const a = member();
    a.join();
    a.sees('b', 20);
    expect(kinds(a.at(9_000).tick())).toEqual(['beat']);
    expect(kinds(a.at(9_001).stored(2))).toEqual([]);
    expect(kinds(a.at(9_002).tick())).toEqual([]);
  });

  it('get another TTL when the member did not run for a while', () => {
    const a = member();
    a.join();
    a.sees('b', 20);
    a.at(740).tick();
    expect(kinds(a.at(2_400).tick())).toEqual(['beat']);
    expect(a.valid()).toBe(true);
  });

  it('that were fenced long ago are forgotten, once they own nothing', () => {
    const a = member();
    a.join();
    a.sees('b', 20, { state: 'dead' });
    const effects: LeaseEffect[] = [];
    let revision = 1;
    for (let ms = 500; ms <= 61_000; ms += 500) {
      effects.push(...a.at(ms).tick());
      if (a.state().beat.inFlight) effects.push(...a.stored(++revision));
    }
    expect(ofKind(effects, 'forget')).toEqual([{ kind: 'forget', member: 'b', revision: 20 }]);
  });

  it('that nobody shows any more are a sign of a dead watch, which is begun again', () => {
    const a = member();
    a.join();
    const effects: LeaseEffect[] = [];
    for (let ms = 500, revision = 2; ms <= 6_500; ms += 500) {
      effects.push(...a.at(ms).tick());
      const { number, inFlight } = a.state().beat;
      if (inFlight) effects.push(...a.hear({ kind: 'beat-stored', beat: number, revision: revision++ }));
    }
    expect(kinds(effects).filter((kind) => kind === 'watch-again')).toHaveLength(1);
  });
});

describe('A partition', () => {
  it('is claimed at the revision seen, once the watch has caught up', () => {
    const a = member();
    a.hear({ kind: 'watch-began' });
    a.tick();
    a.hear({
      kind: 'partition-seen',
      partition: 2,
      entry: { owner: null, incarnation: 0 },
      revision: 40,
      watched: true,
    });
    expect(a.hear({ kind: 'beat-stored', beat: 1, revision: 50 })).toEqual([]);
    const entry = { state: 'up', incarnation: 1, beat: 1 } as const;
    const effects = a.hear({ kind: 'member-seen', member: 'a', entry, revision: 50, watched: true });
    expect(ofKind(effects, 'claim').map(({ partition, revision }) => [partition, revision])).toEqual([
      [0, 0],
      [1, 0],
      [2, 40],
      [3, 0],
    ]);
    expect(kinds(a.tick())).toEqual([]);
  });

  it('is served when the claim succeeds, and not when it was the claim of a former life', () => {
    const a = member();
    a.join();
    expect(a.hear({ kind: 'claimed', partition: 1, incarnation: 1, revision: 60, released: true })).toEqual([
      { kind: 'acquired', partition: 1, revision: 60, released: true },
    ]);
    const dead = { state: 'dead', incarnation: 1, beat: 1 } as const;
    a.hear({ kind: 'member-seen', member: 'a', entry: dead, revision: 61, watched: true });
    expect(a.hear({ kind: 'claimed', partition: 2, incarnation: 1, revision: 62, released: true })).toEqual([]);
  });

  it('is claimed with the word whether its last owner has just released it', () => {
    const a = member('a', 3);
    const owners = [null, 'b', 'b'];
    a.hear({ kind: 'watch-began' });
    a.tick();
    a.sees('b', 10);
    for (const [partition, owner] of owners.entries())
      a.hear({ kind: 'partition-seen', partition, entry: { owner, incarnation: 1 }, revision: 40, watched: true });
    const effects = a.stored(50);
    effects.push(...a.sees('b', 60, { state: 'drain' }));
    const entry = { owner: null, incarnation: 0 };
    effects.push(...a.hear({ kind: 'partition-seen', partition: 1, entry, revision: 70, watched: true }));
    effects.push(...a.sees('b', 80, { state: 'dead' }));
    const claims = ofKind(effects, 'claim').map(({ partition, released }) => [partition, released]);
    // Free when it came; handed over; of a member that was fenced.
    expect(claims).toEqual([
      [0, false],
      [1, true],
      [2, false],
    ]);
  });

  it('whose claim is answered when the lease is over is not served, but claimed again', () => {
    const a = member('a', 1);
    a.join();
    expect(
      kinds(a.at(3_000).hear({ kind: 'claimed', partition: 0, incarnation: 1, revision: 60, released: true })),
    ).toEqual(['beat']);
    expect(ofKind(a.at(3_050).stored(70), 'claim')).toMatchObject([{ partition: 0, revision: 60 }]);
  });

  it.each([
    ['released', { owner: null, incarnation: 0 }, undefined, true],
    ['of a live member', { owner: 'b', incarnation: 1 }, { state: 'up' }, false],
    ['of a member that is leaving', { owner: 'b', incarnation: 1 }, { state: 'drain' }, false],
    ['of a fenced member', { owner: 'b', incarnation: 1 }, { state: 'dead' }, true],
    ['of a former life of a member', { owner: 'b', incarnation: 1 }, { state: 'up', incarnation: 2 }, true],
    ['of nobody known', { owner: 'c', incarnation: 1 }, { state: 'up' }, true],
  ])('%s is free or not', (_, entry, other, free) => {
    const a = member();
    a.join();
    if (other) a.sees('b', 20, other);
    a.hear({ kind: 'partition-seen', partition: 0, entry, revision: 30, watched: true });
    expect(isFree(a.state(), 0)).toBe(free);
  });

  it('that was read ahead of the watch is not free for want of its owner', () => {
    const a = member();
    a.join();
    const entry = { owner: 'c', incarnation: 1 };
    a.hear({ kind: 'partition-seen', partition: 0, entry, revision: 30, watched: false });
    expect(isFree(a.state(), 0)).toBe(false);
    a.hear({ kind: 'partition-seen', partition: 0, entry, revision: 30, watched: true });
    expect(isFree(a.state(), 0)).toBe(true);
  });

  it('is handed over, not taken away, when a member comes: its owner ends first, then releases', () => {
    const a = member('a', 4);
    a.join();
    a.own();
    const handOvers = ofKind(a.sees('b', 20), 'hand-over');
    expect(handOvers).toHaveLength(2);
    const { partition, revision } = handOvers[0]!;
    const release = a.hear({ kind: 'handed-over', partition, revision });
    expect(release).toMatchObject([{ kind: 'release', partition, revision, entry: { owner: null } }]);
    a.hear({ kind: 'released', partition, revision: 200 });
    expect(a.state().held.has(partition)).toBe(false);
    expect(kinds(a.tick())).toEqual([]);
  });

  it('that somebody else claimed is dropped', () => {
    const a = member();
    a.join();
    a.own();
    const entry = { owner: 'b', incarnation: 1 };
    expect(a.hear({ kind: 'partition-seen', partition: 3, entry, revision: 300, watched: true })[0]).toEqual({
      kind: 'drop',
      partition: 3,
      revision: 103,
      reason: 'superseded',
    });
  });

  it('whose write the database refused is dropped, and what was refused before changes nothing', () => {
    const a = member();
    a.join();
    a.own();
    expect(kinds(a.hear({ kind: 'rejected', partition: 3, revision: 99 }))).toEqual([]);
    expect(a.hear({ kind: 'rejected', partition: 3, revision: 103 })[0]).toMatchObject({
      kind: 'drop',
      reason: 'rejected',
    });
  });
});

describe('A member that leaves', () => {
  it('says so, hands over a few at a time, and goes when nothing is left', () => {
    const a = member('a', 16);
    a.join();
    a.sees('b', 20);
    a.own(16);
    const asked = a.at(100).hear({ kind: 'drain', first: [] });
    expect(ofKind(asked, 'beat')).toMatchObject([{ entry: { state: 'drain' } }]);
    const going = new Map([...a.state().held].filter(([, { phase }]) => phase === 'handing-over'));
    expect(going.size).toBe(leaseDefaults.handOversAtOnce);
    const effects: LeaseEffect[] = [];
    for (let partition = 0, revision = 200; partition < 16; partition++) {
      effects.push(...a.hear({ kind: 'handed-over', partition, revision: 100 + partition }));
      effects.push(...a.hear({ kind: 'released', partition, revision: revision++ }));
    }
    expect(kinds(effects)).not.toContain('leave');
    expect(kinds(a.hear({ kind: 'beat-stored', beat: 2, revision: 300 }))).toEqual(['leave']);
    expect(a.valid()).toBe(false);
  });

  it('hands over first what it was told to', () => {
    const a = member('a', 16);
    a.join();
    a.own(16);
    a.sees('b', 20);
    const before = [...a.state().held].filter(([, { phase }]) => phase === 'handing-over').map(([each]) => each);
    const first = [...a.state().held.keys()].filter((each) => !before.includes(each)).slice(-2);
    a.at(100).hear({ kind: 'drain', first });
    for (const partition of before) a.hear({ kind: 'handed-over', partition, revision: 100 + partition });
    const going = [...a.state().held].filter(([, { phase }]) => phase === 'handing-over').map(([each]) => each);
    expect(going).toEqual(expect.arrayContaining(first));
  });

  it('does not take its time when nobody else is there', () => {
    const a = member('a', 16);
    a.join();
    a.own(16);
    expect(ofKind(a.at(100).hear({ kind: 'drain', first: [] }), 'hand-over')).toHaveLength(16);
  });
});
