import { describe, expect, it } from 'vitest';
import { judgeCopies, judgeRoom } from './judge-bus.ts';

const whole = { wanted: 3, leader: 'n1', current: ['n1', 'n2', 'n3'], behind: [] };
const cluster = { isCluster: true, wanted: undefined };
const states = (...findings: { state: string; about: string }[]) =>
  findings.map(({ state, about }) => `${state} ${about}`);

describe('copies of the streams', () => {
  it('of one server are nothing to talk about', () => {
    const single = { wanted: 1, leader: undefined, current: [''], behind: [] };
    expect(judgeCopies(new Map([['EVT', single]]), { isCluster: false, wanted: undefined })).toEqual([]);
    expect(states(...judgeCopies(new Map([['EVT', single]]), { isCluster: false, wanted: 3 }))).toEqual([
      'warning copies of EVT',
    ]);
  });
  it('are in order when each server has everything', () => {
    expect(states(...judgeCopies(new Map([['EVT', whole]]), cluster))).toEqual(['ok copies']);
  });
  it('below what the others have, or was asked for, are told', () => {
    const one = { ...whole, wanted: 1 };
    const copies = new Map([
      ['EVT', whole],
      ['KV_leases', one],
    ]);
    expect(states(...judgeCopies(copies, cluster))).toEqual(['warning copies of KV_leases']);
    expect(states(...judgeCopies(new Map([['EVT', whole]]), { isCluster: true, wanted: 5 }))).toEqual([
      'warning copies of EVT',
    ]);
  });
  it('on servers that are away are told; without a majority nothing works', () => {
    const behind = { ...whole, current: ['n1', 'n2'], behind: ['n3'] };
    expect(states(...judgeCopies(new Map([['EVT', behind]]), cluster))).toEqual(['warning copies of EVT']);
    const leaderless = { ...whole, leader: undefined, current: [], behind: ['n2', 'n3'] };
    expect(states(...judgeCopies(new Map([['EVT', leaderless]]), cluster))).toEqual(['fault copies of EVT']);
  });
});

describe('the room of a stream', () => {
  const state = (bytes: number, maxBytes?: number) => judgeRoom('EVT', { bytes, maxBytes }, 'full').state;
  it('is told when four fifths are used, and a fault when it is nearly full', () => {
    expect([state(79, 100), state(80, 100), state(95, 100), state(1_000_000)]).toEqual([
      'ok',
      'warning',
      'fault',
      'ok',
    ]);
  });
});
