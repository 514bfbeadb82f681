import { expect, it } from 'vitest';
import { fault, findingsText, hasFaults, ok, warning } from './finding.ts';

const findings = [ok('bus', 'answers'), warning('clocks', '3000 ms apart', 'run a time service')];

it('each finding is a line, with what to do below those that need it', () => {
  expect(findingsText(findings).split('\n')).toEqual([
    'ok       bus: answers',
    'warning  clocks: 3000 ms apart',
    '         -> run a time service',
    '',
    '1 in order, 1 warning, 0 faults',
  ]);
});

it('warnings alone are no fault', () => {
  expect(hasFaults(findings)).toBe(false);
  expect(hasFaults([...findings, fault('stream EVT', 'does not exist', 'run wam prepare')])).toBe(true);
});
