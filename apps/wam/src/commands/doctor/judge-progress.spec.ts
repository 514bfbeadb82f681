import { describe, expect, it } from 'vitest';
import { judgeDisk } from './examine-disk.ts';
import { judgeMigrations } from './judge-migrations.ts';
import { judgeOverdue, judgeReader, judgeUnserved } from './judge-progress.ts';

const log = { incarnation: 'a', firstSeq: 11, lastSeq: 100, messages: 90 };
const reader = { schema: 'analytics', incarnation: 'a', seq: 100, log };

describe('a reader of the log', () => {
  it('is in order at the end, and a moment behind it', () => {
    expect(judgeReader(reader).state).toBe('ok');
    expect(judgeReader({ ...reader, seq: 90, behindMs: 59_000 }).state).toBe('ok');
  });
  it('that is a minute behind is told, with how far', () => {
    expect(judgeReader({ ...reader, seq: 90, behindMs: 61_000 })).toMatchObject({
      state: 'warning',
      says: 'is 61 s behind (10 events)',
    });
  });
  it('of another log, or beyond the end of it, stands still', () => {
    expect(judgeReader({ ...reader, incarnation: 'b' }).state).toBe('fault');
    expect(judgeReader({ ...reader, seq: 101 }).state).toBe('fault');
  });
  it('has lost what left the log unread; auth, which reads sessions only, has not', () => {
    const late = { ...reader, seq: 5, behindMs: 70_000 };
    expect(judgeReader(late)).toMatchObject({ state: 'fault', says: expect.stringContaining('events 6 to 10') });
    expect(judgeReader({ ...late, schema: 'auth' }).state).toBe('warning');
  });
});

describe('what nobody does', () => {
  it('is a fault as soon as there is one', () => {
    expect([judgeOverdue('messages', 0).state, judgeOverdue('messages', 1).state]).toEqual(['ok', 'fault']);
  });
  it('is a fault for sessions whose pool has no engine', () => {
    const sessions = [
      { pool: 'sandbox', sessions: 3 },
      { pool: 'sandbox-acme', sessions: 2 },
    ];
    const pools = [{ pool: 'sandbox', members: [], partitions: [] }];
    expect(judgeUnserved(sessions, pools).map(({ about }) => about)).toEqual(['sessions of pool sandbox-acme']);
  });
});

describe('migrations', () => {
  it('are those of this release, of an earlier one or of a later one', () => {
    expect(judgeMigrations('auth', ['a', 'b'], ['a', 'b'])).toBeUndefined();
    expect(judgeMigrations('auth', ['a'], ['a', 'b'])?.says).toContain('earlier release (without b)');
    expect(judgeMigrations('auth', ['a', 'b', 'c'], ['a', 'b'])?.says).toContain('later release than this command (c)');
  });
});

describe('a disk', () => {
  const gigabyte = 1024 ** 3;
  const state = (free: number, total: number) =>
    judgeDisk('.', { freeBytes: free * gigabyte, totalBytes: total * gigabyte }).state;
  it('is told below a tenth unless that is plenty, and a fault below half a gigabyte', () => {
    expect([state(20, 100), state(9, 100), state(50, 1000), state(0.4, 2)]).toEqual(['ok', 'warning', 'ok', 'fault']);
  });
});
