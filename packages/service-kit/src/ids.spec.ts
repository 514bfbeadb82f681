import { expect, test } from 'vitest';
import { createSequentialIds, newLoneUlid, newUlid, newUuid, ulidFrom } from './ids.ts';
import { createSeededRandom, withJitter } from './random.ts';

test('ULIDs are unique and ordered, also within one millisecond', () => {
  const ulids = Array.from({ length: 10_000 }, newUlid);
  expect(ulids.every((ulid) => /^[0-9A-HJKMNP-TV-Z]{26}$/.test(ulid))).toBe(true);
  expect(new Set(ulids).size).toBe(ulids.length);
  expect([...ulids].sort()).toEqual(ulids);
});

test('a lone ULID has no other within a million of it, also of its own millisecond', () => {
  // The last four of sixteen random characters are 20 bits.
  const neighbourhoods = Array.from({ length: 10_000 }, () => newLoneUlid().slice(0, -4));
  expect(new Set(neighbourhoods).size).toBe(neighbourhoods.length);
  expect(newLoneUlid()).toMatch(/^[0-9A-HJKMNP-TV-Z]{26}$/);
});

test('what was made from a moment on is found from its ULID on', () => {
  const before = newUlid();
  const from = Date.now() + 1;
  expect(ulidFrom(from) > before).toBe(true);
  expect(ulidFrom(from) < ulidFrom(from + 1)).toBe(true);
  expect(ulidFrom(Date.now() - 60_000) < newUlid()).toBe(true);
});

test('ids for specs have the shape of real ones', () => {
  const ids = createSequentialIds();
  expect([ids.ulid(), ids.uuid()]).toEqual(['00000000000000000000000001', '00000000-0000-4000-8000-000000000002']);
  expect(newUuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('a seed fixes the sequence of chance, and jitter stays between half and all', () => {
  const sequence = (seed: number) => {
    const random = createSeededRandom(seed);
    return Array.from({ length: 1_000 }, () => random.next());
  };
  expect(sequence(7)).toEqual(sequence(7));
  expect(sequence(7)).not.toEqual(sequence(8));
  expect(sequence(7).every((value) => value >= 0 && value < 1)).toBe(true);
  const random = createSeededRandom(1);
  for (let n = 0; n < 1_000; n++) {
    const delay = withJitter(100, random);
    expect(delay >= 50 && delay < 100).toBe(true);
  }
});
