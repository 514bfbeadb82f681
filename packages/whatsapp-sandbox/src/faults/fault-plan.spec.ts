import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FaultPlan } from './fault-plan.ts';
import { seededRandom } from './seeded-random.ts';

describe('a fault plan', () => {
  const target = { phone: '1', recipient: '2', owner: 'a' };

  it('hits as often as told, then is over', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 40 }), (times, tries) => {
        const plan = new FaultPlan(seededRandom(1));
        plan.add({ kind: 'drop-messages', times });
        const hits = Array.from({ length: tries }, () => plan.take('drop-messages', target)).filter(Boolean);
        expect(hits).toHaveLength(Math.min(times, tries));
        expect(plan.active).toHaveLength(tries >= times ? 0 : 1);
      }),
    );
  });

  it('with the same seed hits the same messages', () => {
    const hits = (seed: number) => {
      const plan = new FaultPlan(seededRandom(seed));
      plan.add({ kind: 'drop-messages', probability: 0.5 });
      return Array.from({ length: 64 }, () => plan.take('drop-messages', target) !== undefined);
    };
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(hits(seed)).toEqual(hits(seed));
      }),
    );
    expect(hits(1)).not.toEqual(hits(2));
  });

  it('hits only what matches everything its scope names', () => {
    const plan = new FaultPlan(seededRandom(1));
    plan.add({ kind: 'nack', code: 463, owner: 'a', recipient: '2' });
    expect(plan.take('nack', { ...target, owner: 'b' })).toBeUndefined();
    expect(plan.take('nack', { ...target, recipient: '3' })).toBeUndefined();
    expect(plan.take('drop-messages', target)).toBeUndefined();
    expect(plan.take('nack', target)).toMatchObject({ code: 463 });
  });

  it('is cleared by scope: of an owner only what that owner injected', () => {
    const plan = new FaultPlan(seededRandom(1));
    plan.add({ kind: 'drop-messages', owner: 'a' });
    plan.add({ kind: 'drop-messages', owner: 'b' });
    plan.add({ kind: 'drop-messages' });
    plan.clear({ owner: 'a' });
    expect(plan.active.map(({ spec }) => spec.owner)).toEqual(['b', undefined]);
    plan.clear({});
    expect(plan.active).toEqual([]);
  });

  it('closes only with the message that was counted down to', () => {
    const plan = new FaultPlan(seededRandom(1));
    plan.add({ kind: 'close-after', messages: 3, code: 428 });
    const closes = Array.from({ length: 5 }, () => plan.takeLast('close-after', target)?.code);
    expect(closes).toEqual([undefined, undefined, 428, undefined, undefined]);
  });
});
