import type { JwksReply, SigningKeyRotation } from '@wam/contracts';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type AuthHarness, startAuthHarness } from '../testing/auth-harness.ts';
import { overlapMs } from './key-times.ts';

const day = 24 * 60 * 60 * 1000;
const delayMs = 2 * 60 * 1000;

let auth: AuthHarness;
beforeEach(async () => {
  auth = await startAuthHarness();
});
afterEach(() => auth?.[Symbol.asyncDispose]());

const rotate = (): Promise<SigningKeyRotation> => auth.get('rotateSigningKey');
const kids = async (): Promise<unknown[]> => (await auth.get<JwksReply>('jwks')).keys.map(({ kid }) => kid);
const newToken = async (): Promise<string> => (await auth.register()).token;
const kidOf = (token: string): string | undefined => decodeProtectedHeader(token).kid;
/** As a gateway does, with the keys of now. */
async function verifies(token: string): Promise<boolean> {
  const keys = createLocalJWKSet((await auth.get<JwksReply>('jwks')) as never);
  return jwtVerify(token, keys, { currentDate: new Date(auth.nowMs()) }).then(
    () => true,
    () => false,
  );
}

test('a new key is published before it signs, then signs, and logs nobody out', async () => {
  const old = await newToken();
  const { kid, signsFrom } = await rotate();
  expect(Date.parse(signsFrom) - auth.nowMs()).toBeLessThanOrEqual(delayMs);
  expect(await kids()).toEqual(expect.arrayContaining([kid, kidOf(old)]));
  const meanwhile = await newToken();
  expect(kidOf(meanwhile)).toBe(kidOf(old));

  auth.passTime(delayMs);
  const fresh = await newToken();
  expect(kidOf(fresh)).toBe(kid);
  for (const token of [old, meanwhile, fresh]) expect(await verifies(token)).toBe(true);
});

test('the old key is published until its last token has expired, and is forgotten at the next rotation', async () => {
  await rotate();
  auth.passTime(delayMs - 1_000);
  const last = await newToken();
  const first = kidOf(last);
  auth.passTime(day - 60_000);
  expect(await verifies(last)).toBe(true);
  auth.passTime(overlapMs + 120_000);
  expect(await kids()).not.toContain(first);
  await rotate();
  const stored = await auth.db.selectFrom('signing_key').select('kid').execute();
  expect(stored.map(({ kid }) => kid)).not.toContain(first);
});

test('asking twice, or from two places at once, rotates once', async () => {
  await auth.startAnother();
  const rotations = await Promise.all([rotate(), rotate(), rotate()]);
  expect(new Set(rotations.map(({ kid }) => kid)).size).toBe(1);
  expect(await rotate()).toEqual(rotations[0]);
  expect(await kids()).toHaveLength(2);
});

test('every process signs with the new key, whichever of them was asked', async () => {
  await auth.startAnother();
  await auth.startAnother();
  const { kid } = await rotate();
  auth.passTime(delayMs);
  const tokens = await Promise.all(Array.from({ length: 12 }, newToken));
  expect(new Set(tokens.map(kidOf))).toEqual(new Set([kid]));
});

test('a rotation survives a restart in the middle of it', async () => {
  const old = await newToken();
  const { kid } = await rotate();
  await auth.restart();
  expect(kidOf(await newToken())).toBe(kidOf(old));
  auth.passTime(delayMs);
  expect(kidOf(await newToken())).toBe(kid);
  expect(await verifies(old)).toBe(true);
});

test('tokens of a longer life, given before the setting was shortened, verify to their end', async () => {
  const long = await newToken();
  await auth.restart({ ACCESS_TOKEN_TTL: '1h' });
  await rotate();
  auth.passTime(day - 60_000);
  expect(await verifies(long)).toBe(true);
});
