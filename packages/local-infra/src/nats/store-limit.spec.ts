import { expect, test } from 'vitest';
import { storeLimit } from './store-limit.ts';

const gigabyte = 1024 ** 3;

test('a server may keep three quarters of an empty disk', () => {
  expect(storeLimit({ freeBytes: 20 * gigabyte, storedBytes: 0 })).toBe(15 * gigabyte);
});

test('a start never takes away the room of what is stored, however little is free', () => {
  for (const freeBytes of [0, gigabyte, 5 * gigabyte])
    expect(storeLimit({ freeBytes, storedBytes: 10 * gigabyte })).toBe(10 * gigabyte + freeBytes * 0.75);
});
