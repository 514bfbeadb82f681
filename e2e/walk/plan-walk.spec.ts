import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planWalk, readSteps, writeSteps } from './plan-walk.ts';

describe('The steps of a walk', () => {
  it('are the same for the same seed, and can be written down and read again', () =>
    fc.assert(
      fc.property(fc.nat(), fc.nat({ max: 50 }), (seed, length) => {
        const steps = planWalk(seed, length);
        expect(planWalk(seed, length)).toEqual(steps);
        expect(readSteps(writeSteps(steps))).toEqual(steps);
      }),
    ));

  it('of a calm walk end no process', () => {
    const kinds = planWalk(1, 500, { calm: true }).map(({ kind }) => kind);
    expect(kinds.filter((kind) => /^(kill|stop|restart)-/.test(kind))).toEqual([]);
    expect(new Set(kinds).size).toBeGreaterThan(15);
  });

  it('that nobody knows are refused', () => {
    expect(() => readSteps('fly:0:0')).toThrow('no step: fly:0:0');
    expect(() => readSteps('send:0')).toThrow('no step: send:0');
  });
});
