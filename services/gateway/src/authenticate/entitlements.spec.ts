import type { ServiceReply } from '@wam/contracts';
import { VirtualClock } from '@wam/service-kit';
import { beforeEach, expect, test } from 'vitest';
import type { ApiError } from '../http/api-error.ts';
import { entitlementsOf } from '../testing/test-accounts.ts';
import { createEntitlementsDirectory, type EntitlementsDirectory } from './entitlements.ts';

let clock: VirtualClock;
let directory: EntitlementsDirectory;
let replies: (ServiceReply | Promise<ServiceReply>)[];
let questions: number;
beforeEach(() => {
  clock = new VirtualClock();
  replies = [];
  questions = 0;
  directory = createEntitlementsDirectory(async () => {
    questions += 1;
    return replies.shift() ?? away;
  }, clock);
});
const away: ServiceReply = { ok: false, code: 'SERVICE_UNAVAILABLE' };
const plan = (id: 'trial' | 'growth'): ServiceReply => ({ ok: true, status: 200, body: entitlementsOf(id) });
const load = async () => {
  try {
    return (await directory.load('t')).plan;
  } catch (error) {
    return (error as ApiError).rejection.code;
  }
};

test('an answer serves for a minute, and everybody who waits gets the same one', async () => {
  replies = [plan('trial')];
  expect(await Promise.all([load(), load(), load()])).toEqual(['trial', 'trial', 'trial']);
  expect(questions).toBe(1);
  await clock.advance(59_999);
  expect(directory.known('t')?.plan).toBe('trial');
  await clock.advance(1);
  expect(directory.known('t')).toBeUndefined();
});

test('while auth is away an old answer serves five minutes more, then nothing is known', async () => {
  replies = [plan('trial')];
  await load();
  await clock.advance(6 * 60_000 - 1);
  expect(await load()).toBe('trial');
  await clock.advance(1);
  expect(await load()).toBe('SERVICE_UNAVAILABLE');
});

test('after a change nothing old serves, not even what was asked for before it', async () => {
  const late = Promise.withResolvers<ServiceReply>();
  replies = [late.promise, plan('growth')];
  const before = load();
  directory.forget('t');
  const after = load();
  late.resolve(plan('trial'));
  expect(await before).toBe('trial');
  expect(await after).toBe('growth');
  expect(directory.known('t')?.plan).toBe('growth');
  directory.forget('t');
  expect(await load()).toBe('SERVICE_UNAVAILABLE');
});

test('after a time without events everything is asked again, and serves when auth does not answer', async () => {
  replies = [plan('trial')];
  await load();
  directory.doubtAll();
  expect(directory.known('t')).toBeUndefined();
  expect(await load()).toBe('trial');
});

test('an account that does not exist is nobody', async () => {
  replies = [{ ok: false, code: 'ACCOUNT_NOT_FOUND' }];
  expect(await load()).toBe('UNAUTHORIZED');
  expect(directory.known('t')).toBeUndefined();
});
