import type { Kysely } from '@wam/service-kit/postgres';
import type { Account } from '../account/account.ts';
import type { AuthTables } from '../storage/schema.ts';
import { hashRefreshToken, newRefreshToken, refreshTokenTtlMs } from './refresh-token.ts';
import { deleteExpiredFamilies, insertRefreshFamily, insertRefreshToken } from './refresh-token-table.ts';

/** Somebody is in: what the answer's token pair is made of. */
export interface Login {
  account: Account;
  refreshToken: string;
}
export interface OpenLoginDeps {
  now: () => Date;
  newFamilyId: () => string;
}

/** A new family with its first token. In the transaction that lets somebody in, under the lock of the account. */
export async function openLogin(
  trx: Kysely<AuthTables>,
  account: Account,
  { now, newFamilyId }: OpenLoginDeps,
): Promise<Login> {
  const createdAt = now();
  await deleteExpiredFamilies(trx, account.id, createdAt);
  const family = {
    id: newFamilyId(),
    tenant: account.id,
    createdAt,
    expiresAt: new Date(createdAt.getTime() + refreshTokenTtlMs),
  };
  await insertRefreshFamily(trx, family);
  const refreshToken = newRefreshToken();
  const hash = hashRefreshToken(refreshToken);
  await insertRefreshToken(trx, { hash, family: family.id, expiresAt: family.expiresAt });
  return { account, refreshToken };
}
