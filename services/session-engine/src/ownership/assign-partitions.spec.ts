import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignPartitions } from './assign-partitions.ts';

const members = fc.uniqueArray(fc.stringMatching(/^[a-z0-9-]{1,20}$/), { minLength: 1, maxLength: 12 });
const loads = (assigned: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const member of assigned) counts.set(member, (counts.get(member) ?? 0) + 1);
  return counts;
};

describe('The assignment of partitions', () => {
  it('gives every partition to a member, and none more than its share', () => {
    fc.assert(
      fc.property(members, fc.integer({ min: 1, max: 128 }), (names, count) => {
        const assigned = assignPartitions(names, count);
        expect(assigned).toHaveLength(count);
        for (const load of loads(assigned).values()) expect(load).toBeLessThanOrEqual(Math.ceil(count / names.length));
      }),
    );
  });

  it('is the same for everyone, in whatever order the members are seen', () => {
    fc.assert(
      fc.property(members, (names) => {
        expect(assignPartitions(names.toReversed(), 64)).toEqual(assignPartitions(names, 64));
      }),
    );
  });

  it('moves about a share of the partitions when a member comes', () => {
    const before = assignPartitions(['engine-a', 'engine-b', 'engine-c'], 64);
    const after = assignPartitions(['engine-a', 'engine-b', 'engine-c', 'engine-d'], 64);
    const moved = after.filter((member, partition) => member !== before[partition]);
    expect(moved.length).toBeLessThanOrEqual(26);
  });

  it('gives nobody anything when there is nobody', () => {
    expect(assignPartitions([], 64)).toEqual([]);
  });
});
