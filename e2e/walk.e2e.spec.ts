/**
 * Random walks over the whole platform: what customers, phones, machines and the network may do, in any order. `npm run soak:walk` takes
 * long ones with new seeds: WALKS, WALK_STEPS (how many), WALK_SEED (the first). WALK_REPLAY walks the steps a failure has printed.
 */
import { writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { planWalk, readSteps, type Step, writeSteps } from './walk/plan-walk.ts';
import { walk } from './walk/walk.ts';

const setting = (name: string, usual: number): number => Number(process.env[name] ?? usual);
const replay = process.env.WALK_REPLAY;
const length = setting('WALK_STEPS', 60);
const first = setting('WALK_SEED', 1);
const walks: [name: string, steps: Step[]][] =
  replay === undefined
    ? Array.from({ length: setting('WALKS', 1) }, (_, i) => [`seed ${first + i}`, planWalk(first + i, length)])
    : [['replayed', readSteps(replay)]];
const isLarge = process.env.WALKS !== undefined || replay !== undefined;

describe('A walk', () => {
  it.each(walks)(
    'leaves every message with one end, and all views of it agreeing: %s',
    async (name, steps) => {
      const { faults, diary, log, counts } = await walk(steps);
      const { WALK_DIARY: folder } = process.env;
      if (folder !== undefined)
        writeFileSync(`${folder}/${name.replace(' ', '-')}.txt`, [...faults, '--', ...diary, '--', log].join('\n'));
      if (isLarge) console.log(name, JSON.stringify(counts), `${faults.length} faults`);
      expect(faults, `${[...diary, log].join('\n')}\nWALK_REPLAY='${writeSteps(steps)}'`).toEqual([]);
    },
    600_000,
  );
});
