import { describe, expect, it } from 'vitest';
import { judgeClocks, judgeConnections } from './judge-database.ts';

it('clocks may be two seconds apart, in either direction', () => {
  const state = (apartMs: number) => judgeClocks(apartMs).state;
  expect([state(0), state(2_000), state(-2_000), state(2_001), state(-2_001)]).toEqual([
    ...['ok', 'ok', 'ok'],
    ...['warning', 'warning'],
  ]);
});

describe('connections', () => {
  const roomy = { taken: 10, most: 100 };
  it('are told when nine of ten are taken', () => {
    const state = (taken: number) => judgeConnections({ taken, most: 100 }, undefined).state;
    expect([state(89), state(90), state(100)]).toEqual(['ok', 'warning', 'warning']);
  });
  it('are counted against the tighter limit, that of the server or that of the database', () => {
    expect(judgeConnections(roomy, { taken: 1, most: 20 }).says).toBe('10 of 100 connections of the server are taken');
    expect(judgeConnections(roomy, { taken: 9, most: 10 })).toMatchObject({
      state: 'warning',
      says: '9 of 10 connections of the database are taken',
    });
    expect(judgeConnections({ taken: 99, most: 100 }, { taken: 1, most: 20 }).state).toBe('warning');
  });
});
