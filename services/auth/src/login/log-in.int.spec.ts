import { expect, test } from 'vitest';
import { createPasswordHasher, defaultHashCost, type PasswordHasher, parsePhc } from '../account/password-hash.ts';
import { startAuthHarness } from '../testing/auth-harness.ts';
import { type LogInDeps, logIn } from './log-in.ts';

test('an unknown e-mail and a wrong password cost the same work: one hash of the same parameters, and nothing else', async () => {
  await using harness = await startAuthHarness();
  const { email } = await harness.register();
  const real = createPasswordHasher(1);
  const hashes: object[] = [];
  const hasher: PasswordHasher = {
    hash: () => Promise.reject(new Error('a failed login makes no hash to keep')),
    matches(given, phc) {
      // Without a stored one the hasher computes one of its default cost; see password-hash.spec.ts.
      hashes.push(phc === undefined ? defaultHashCost : parsePhc(phc).cost);
      return real.matches(given, phc);
    },
  };
  const deps = {
    db: harness.db,
    hasher,
    commitChange: () => Promise.reject(new Error('a failed login changes nothing')),
    onFailed: () => undefined,
  } as unknown as LogInDeps;
  for (const tried of [email, 'nobody@example.com'])
    expect(await logIn({ email: tried, password: 'not it, for sure' }, 'r', deps)).toEqual({
      code: 'INVALID_CREDENTIALS',
    });
  expect(hashes).toEqual([defaultHashCost, defaultHashCost]);
});
