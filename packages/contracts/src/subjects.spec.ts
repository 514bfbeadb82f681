import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PARTITION_COUNT, parseSessionSubject, partitionOf, poolOf, subjects } from './subjects.ts';

const address = fc.record({
  pool: fc.constantFrom('sandbox', 'whatsapp', poolOf('whatsapp', '0e7c5c8e-0000-4000-8000-000000000000')),
  tenant: fc.uuid(),
  sessionId: fc.uuid(),
});

describe('subjects', () => {
  it('carry tenant and session, and read back the same', () => {
    fc.assert(
      fc.property(address, (a) => {
        for (const subject of [subjects.command(a), subjects.deadLetter(a)]) {
          expect(parseSessionSubject(subject)).toEqual({ ...a, partition: partitionOf(a.sessionId) });
        }
      }),
    );
  });

  it('are refused when they have too few or too many tokens', () => {
    expect(parseSessionSubject('cmd.sandbox.1.tenant')).toBeUndefined();
    expect(parseSessionSubject('cmd.sandbox.1.tenant.session.more')).toBeUndefined();
  });

  it('spread sessions evenly over the partitions', () => {
    const counts = new Array<number>(PARTITION_COUNT).fill(0);
    for (let i = 0; i < 64_000; i++) counts[partitionOf(`00000000-0000-4000-8000-${String(i).padStart(12, '0')}`)]!++;
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1200);
  });

  it('never move a session to another partition: these are frozen', () => {
    expect(partitionOf('550e8400-e29b-41d4-a716-446655440000')).toBe(40);
    expect(partitionOf('00000000-0000-4000-8000-000000000000')).toBe(
      partitionOf('00000000-0000-4000-8000-000000000000'),
    );
  });
});
