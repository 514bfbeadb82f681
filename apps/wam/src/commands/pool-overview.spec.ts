import { describe, expect, it } from 'vitest';
import { partitionsText, poolOverviews } from './pool-overview.ts';

const pool = 'sandbox';
const up = (member: string) => ({ pool, member, state: 'up' as const });
const report = (member: string, leaseValid: boolean, ...partitions: number[]) => ({
  pool,
  member,
  leaseValid,
  partitions: partitions.map((partition) => ({ partition, epoch: 7, sessions: 3, connected: 2 })),
});

describe('The overview of a pool', () => {
  const members = [up('b'), up('a'), up('c'), { pool, member: 'd', state: 'dead' as const }];
  const partitions = [
    { pool, partition: 1, owner: 'b' },
    { pool, partition: 0, owner: 'a' },
    { pool, partition: 2, owner: null },
    { pool, partition: 3, owner: 'd' },
  ];
  const overview = poolOverviews(members, partitions, [report('a', true, 0), report('b', false, 1)]);

  it('tells members that are in suspense, silent or dead from those that are well', () => {
    expect(overview[0]?.members.map(({ member, state }) => `${member} ${state}`)).toEqual([
      'a up',
      'b suspense',
      'c silent',
      'd dead',
    ]);
  });

  it('prints what is not known as a dash', () => {
    expect(partitionsText(overview)).toBe(
      [
        'Pool sandbox',
        '',
        'member  state     partitions  sessions  connected',
        'a       up        1           3         2',
        'b       suspense  1           3         2',
        'c       silent    0           0         0',
        'd       dead      1           0         0',
        '',
        'partition  owner  epoch  sessions  connected',
        '0          a      7      3         2',
        '1          b      7      3         2',
        '2          -      -      -         -',
        '3          d      -      -         -',
      ].join('\n'),
    );
  });
});
