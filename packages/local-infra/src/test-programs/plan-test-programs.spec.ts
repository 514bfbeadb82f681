import { expect, test } from 'vitest';
import { planTestPrograms, withoutLine } from './plan-test-programs.ts';

const missing = ['curl', 'a browser'];

test('nothing is installed where everything is there', () => {
  expect(planTestPrograms({ missing: [], isRoot: true, hasApt: true })).toEqual({ do: 'nothing' });
});

test('root on Debian gets what is missing, as a fresh test machine has none of it', () => {
  expect(planTestPrograms({ missing, isRoot: true, hasApt: true })).toEqual({ do: 'install' });
});

test('nobody else has their machine changed: they are told what is missing', () => {
  const say = 'test programs: no curl, a browser here; tests that need them are skipped or fail';
  expect(planTestPrograms({ missing, isRoot: false, hasApt: true })).toEqual({ do: 'go-without', say });
  expect(planTestPrograms({ missing, isRoot: true, hasApt: false })).toEqual({ do: 'go-without', say });
});

test('a failed installation is told with its reason', () => {
  expect(withoutLine(['jq'], 'no network')).toContain('no jq here (no network);');
});
