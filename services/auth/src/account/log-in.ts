import type { BodyOf, login, RejectionBody } from '@wam/contracts';
import type { Account } from './account.ts';
import type { AccountStore } from './account-store.ts';
import { normaliseEmail } from './email.ts';
import type { PasswordHasher } from './password-hash.ts';

/** An unknown e-mail and a wrong password take the same time and get the same words, so that accounts cannot be guessed. */
export async function logIn(
  { email, password }: BodyOf<typeof login>,
  { accounts, hasher }: { accounts: AccountStore; hasher: PasswordHasher },
): Promise<Account | RejectionBody> {
  const account = await accounts.findByEmail(normaliseEmail(email));
  const matches = await hasher.matches(password, account?.passwordHash);
  return account !== undefined && matches ? account : { code: 'INVALID_CREDENTIALS' };
}
