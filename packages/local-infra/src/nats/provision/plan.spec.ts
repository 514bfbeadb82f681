import { expect, test } from 'vitest';
import { type NatsSituation, planNats } from './plan.ts';

const bare: NatsSituation = { url: undefined, onPath: false, cached: false, hasApt: false, hasHomebrew: false };

test('a server named by NATS_URL goes before every program on this machine', () => {
  expect(planNats({ ...bare, url: 'nats://there:4222', onPath: true, cached: true })).toEqual({ use: 'url' });
});

test('an empty NATS_URL counts as none', () => {
  expect(planNats({ ...bare, url: '', onPath: true })).toEqual({ use: 'path' });
});

test('a program on PATH goes before the one the bootstrap fetched earlier', () => {
  expect(planNats({ ...bare, onPath: true, cached: true })).toEqual({ use: 'path' });
});

test('nothing is fetched while an earlier fetch is there', () => {
  expect(planNats({ ...bare, cached: true, hasApt: true })).toEqual({ use: 'cache' });
});

test('the package manager is asked before the official release', () => {
  expect(planNats({ ...bare, hasApt: true })).toEqual({ use: 'install', installers: ['apt', 'release'] });
  expect(planNats({ ...bare, hasHomebrew: true })).toEqual({ use: 'install', installers: ['homebrew', 'release'] });
});

test('without a package manager the official release is fetched', () => {
  expect(planNats(bare)).toEqual({ use: 'install', installers: ['release'] });
});
