import { expect, test } from 'vitest';
import { nextOf } from './begin-once.ts';

const now = new Date('2026-11-27T04:00:00.000Z');
const after = (ms: number) => new Date(now.getTime() + ms);
const same = Buffer.from('aa', 'hex');
const wish = { fingerprint: same, now };
const found = { fingerprint: same, answer: null, claimed_until: after(5_000) };

test('the same request waits while it is carried out, and carries it out once that has taken too long', () => {
  expect(nextOf(found, wish)).toEqual({ state: 'running', leaseLeftMs: 5_000 });
  expect(nextOf({ ...found, claimed_until: after(1) }, wish)).toEqual({ state: 'running', leaseLeftMs: 1 });
  expect(nextOf({ ...found, claimed_until: now }, wish)).toBe('begin');
});

test('an answer is the answer, however long ago', () => {
  const answered = { ...found, answer: Buffer.from('sealed') };
  expect(nextOf(answered, wish)).toBe('answered');
  expect(nextOf({ ...answered, claimed_until: after(-60_000) }, wish)).toBe('answered');
});

test('another request never gets in, answered or not', () => {
  const other = { fingerprint: Buffer.from('bb', 'hex'), now };
  for (const answer of [null, Buffer.from('sealed')])
    for (const claimed_until of [after(5_000), after(-5_000)])
      expect(nextOf({ ...found, answer, claimed_until }, other)).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
});
