/**
 * Random walks over the whole platform: what customers, phones, machines and the network may do, in any order. Always the same calm one
 * here; `npm run soak:walk` takes long ones with new seeds, see walk/README.md.
 */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planWalk, readSteps, type Step, writeSteps } from './walk/plan-walk.ts';
import { walk } from './walk/walk.ts';

const { WALKS, WALK_SEED, WALK_STEPS = 120, WALK_CALM, WALK_REPLAY, WALK_DIARY } = process.env;
const walks = ((): [name: string, steps: Step[]][] => {
  if (WALK_REPLAY !== undefined) return [['replayed', readSteps(WALK_REPLAY)]];
  if (WALKS === undefined) return [['calm, seed 2', planWalk(2, 35, { calm: true })]];
  const first = Number(WALK_SEED ?? Math.floor(Math.random() * 2 ** 31));
  return Array.from({ length: Number(WALKS) }, (_, i) => [
    `seed ${first + i}`,
    planWalk(first + i, Number(WALK_STEPS), { calm: WALK_CALM === '1' }),
  ]);
})();
const isSoak = WALKS !== undefined || WALK_REPLAY !== undefined;

describe('A walk', () => {
  it.each(walks)(
    'leaves every message with one end, and every view of it agreeing: %s',
    async (name, steps) => {
      const { faults, diary, log, counts } = await walk(steps);
      const told = [...faults, '-- steps', ...diary, '-- log', log].join('\n');
      if (WALK_DIARY !== undefined) writeFileSync(`${WALK_DIARY}/${name.replaceAll(/\W+/g, '-')}.txt`, told);
      if (isSoak) console.log(name, JSON.stringify(counts), `${faults.length} faults`);
      expect(faults, `${told}\nWALK_REPLAY='${writeSteps(steps)}'`).toEqual([]);
    },
    600_000,
  );
});
