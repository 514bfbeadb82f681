import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Fault, type PoolScript, runPool } from '../test-support/simulated-pool.ts';

const faultsEndMs = 45_000;
/** Longer than anything the protocol waits for: a TTL, a silent watch, an answer that never comes. */
const calmMs = 25_000;
const member = fc.nat({ max: 3 });
const atMs = fc.integer({ min: 0, max: faultsEndMs - 5_000 });
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('pause' as const, 'silent-watch' as const, 'cut-off' as const),
    member,
    atMs,
    forMs: fc.integer({ min: 100, max: 15_000 }),
  }),
  fc.record({ kind: fc.constant('outage' as const), atMs, forMs: fc.integer({ min: 100, max: 35_000 }) }),
  fc.record({ kind: fc.constantFrom('kill' as const, 'drain' as const), member, atMs }),
);
const script: fc.Arbitrary<PoolScript> = fc
  .record({
    seed: fc.integer(),
    partitionCount: fc.integer({ min: 1, max: 12 }),
    // Within the margin of the lease: a clock that gains more than 5 % on another is broken.
    clockRates: fc.array(fc.double({ min: 0.96, max: 1.04, noNaN: true }), { minLength: 1, maxLength: 4 }),
    joinsAtMs: fc.array(fc.integer({ min: 0, max: 8_000 }), { minLength: 4, maxLength: 4 }),
    faults: fc.array(fault, { maxLength: 7 }),
    lossShare: fc.constantFrom(0, 0.02, 0.15),
  })
  .map((rest) => ({ ...rest, faultsEndMs, endMs: faultsEndMs + calmMs }));

const runs = { numRuns: 120 };

it('whatever is lost, late, paused or killed: nobody else owns what a valid owner owns, and each claim is above the one before', () => {
  fc.assert(
    fc.property(script, (each) => {
      const { violations, acquisitions } = runPool(each);
      expect(violations).toEqual([]);
      for (const claims of acquisitions.values()) expect(claims).toEqual([...new Set(claims)].sort((a, b) => a - b));
    }),
    runs,
  );
});

it('after the faults end, every partition has an owner among those that live, and none has more than its share', () => {
  fc.assert(
    fc.property(script, (each) => {
      const { live, held } = runPool(each);
      fc.pre(live.length > 0);
      const owned = [...held.values()].flat().sort((a, b) => a - b);
      expect(owned).toEqual(Array.from({ length: each.partitionCount }, (_, partition) => partition));
      for (const partitions of held.values())
        expect(partitions.length).toBeLessThanOrEqual(Math.ceil(each.partitionCount / live.length));
    }),
    runs,
  );
});
