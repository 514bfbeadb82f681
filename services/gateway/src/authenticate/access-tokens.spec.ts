import { randomUUID } from 'node:crypto';
import { VirtualClock } from '@wam/service-kit';
import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { ApiError } from '../http/api-error.ts';
import { forgedTokens } from '../testing/forged-tokens.ts';
import { createTestIssuer, type TestIssuer } from '../testing/test-issuer.ts';
import { createAccessTokenVerifier, type VerifyAccessToken } from './access-tokens.ts';
import { KeysUnavailable } from './key-set.ts';

const tenant = randomUUID();
let issuer: TestIssuer;
let verify: VerifyAccessToken;
beforeAll(async () => {
  issuer = await createTestIssuer();
  verify = createAccessTokenVerifier(createLocalJWKSet({ keys: issuer.publicKeys } as JSONWebKeySet), nowClock());
});
const nowClock = () => new VirtualClock(Date.now());
const outcome = async (token: string, by = verify): Promise<unknown> => {
  try {
    return await by(token);
  } catch (error) {
    return error instanceof ApiError ? error.rejection : error;
  }
};

test('a token of auth says who asks', async () => {
  expect(await verify(await issuer.token(tenant, { claims: { gen: 3 } }))).toEqual({
    tenant,
    actor: { kind: 'user', email: 'user@example.com' },
    scopes: ['read', 'send', 'manage'],
    mode: 'live',
    generation: 3,
    expiresAtMs: expect.any(Number),
  });
});

test('a verified token is known at once the next time, and one verification serves all that wait for it', async () => {
  let verifications = 0;
  const keys = createLocalJWKSet({ keys: issuer.publicKeys } as JSONWebKeySet);
  const counting = createAccessTokenVerifier((header, token) => {
    verifications += 1;
    return keys(header, token);
  }, nowClock());
  const token = await issuer.token(tenant);
  await Promise.all(Array.from({ length: 20 }, async () => counting(token)));
  expect(counting(token)).not.toBeInstanceOf(Promise);
  expect(verifications).toBe(1);
});

describe('refused, all in the same words:', () => {
  // The rows are needed before the issuer is: titles only here.
  const titles = forgedTokens({} as TestIssuer, tenant).map(([title]) => title);
  test.each(titles)('%s', async (title) => {
    const [, make] = forgedTokens(issuer, tenant).find(([each]) => each === title)!;
    expect(await outcome(await make())).toEqual({ code: 'UNAUTHORIZED' });
  });
});

test('while the keys cannot be had, a token is neither good nor bad', async () => {
  const blind = createAccessTokenVerifier(() => Promise.reject(new KeysUnavailable('no')), nowClock());
  expect(await outcome(await issuer.token(tenant), blind)).toEqual({ code: 'SERVICE_UNAVAILABLE' });
});
