import { MessageIdSchema, Uuid } from '@wam/contracts';
import { newUlid } from '@wam/service-kit';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { createDerivedIds } from './derived-ids.ts';

const take = (ulid: string, count: number) => {
  const ids = createDerivedIds(ulid);
  return Array.from({ length: count }, () => ({ ulid: ids.ulid(), uuid: ids.uuid() }));
};

test('the same ulid gives the same ids, each of them once, in order', () => {
  const base = newUlid();
  const ids = take(base, 500);
  expect(take(base, 500)).toEqual(ids);
  expect(ids[0]!.ulid).toBe(base);
  const ulids = ids.map(({ ulid }) => ulid);
  expect([...ulids].sort()).toEqual(ulids);
  expect(new Set(ulids).size).toBe(500);
  expect(new Set(ids.map(({ uuid }) => uuid)).size).toBe(500);
});

test('they have the shape of any other id', () => {
  for (const { ulid, uuid } of take(newUlid(), 100)) {
    expect(Value.Check(MessageIdSchema, `msg_${ulid}`)).toBe(true);
    expect(Value.Check(Uuid, uuid)).toBe(true);
  }
});

test('counting carries over', () => {
  const [, second] = take('01JD8X3M5N6P7Q8R9S0T1V2WZZ', 2);
  expect(second!.ulid).toBe('01JD8X3M5N6P7Q8R9S0T1V2X00');
});

test('another ulid gives other ids', () => {
  expect(take(newUlid(), 1)[0]!.uuid).not.toBe(take(newUlid(), 1)[0]!.uuid);
});
