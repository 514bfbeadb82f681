import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defaultPartitionCount,
  networkOfPool,
  parseSessionSubject,
  partitionOf,
  poolOf,
  sessionAddress,
  subjects,
} from './subjects.ts';

const address = fc.record({
  pool: fc.constantFrom('sandbox', 'whatsapp', poolOf('whatsapp', 'acme')),
  tenant: fc.uuid(),
  sessionId: fc.uuid(),
});

describe('subjects', () => {
  it('carry tenant and session, and read back the same', () => {
    fc.assert(
      fc.property(address, fc.integer({ min: 1, max: 1_024 }), (a, partitionCount) => {
        const whole = sessionAddress(a, partitionCount);
        expect(whole.partition).toBe(partitionOf(a.sessionId, partitionCount));
        for (const subject of [subjects.command(whole), subjects.deadLetter(whole)])
          expect(parseSessionSubject(subject)).toEqual(whole);
      }),
    );
  });

  it('are refused when they have too few or too many tokens', () => {
    expect(parseSessionSubject('cmd.sandbox.1.tenant')).toBeUndefined();
    expect(parseSessionSubject('cmd.sandbox.1.tenant.session.more')).toBeUndefined();
  });

  it('name the network of every pool, shared or dedicated', () => {
    expect(
      ['sandbox', poolOf('whatsapp'), poolOf('sandbox', 'acme'), poolOf('whatsapp', null)].map(networkOfPool),
    ).toEqual(['sandbox', 'whatsapp', 'sandbox', 'whatsapp']);
    expect(networkOfPool('acme')).toBeUndefined();
  });

  it('spread sessions evenly over the partitions', () => {
    const counts = new Array<number>(defaultPartitionCount).fill(0);
    for (let i = 0; i < 64_000; i++) {
      const sessionId = `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;
      counts[partitionOf(sessionId, defaultPartitionCount)]!++;
    }
    expect(Math.min(...counts)).toBeGreaterThan(800);
    expect(Math.max(...counts)).toBeLessThan(1200);
  });

  it('never move a session to another partition: these are frozen', () => {
    expect(partitionOf('550e8400-e29b-41d4-a716-446655440000', 64)).toBe(40);
    expect(partitionOf('550e8400-e29b-41d4-a716-446655440000', 7)).toBe(4);
  });
});
