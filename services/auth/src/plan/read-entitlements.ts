import type { EntitlementsReply, RejectionBody } from '@wam/contracts';
import type { Kysely } from '@wam/service-kit/postgres';
import { findAccount } from '../account/account-table.ts';
import type { AuthTables } from '../storage/schema.ts';
import { entitlementsOf, type PlanCatalogue } from './plan-catalogue.ts';

export async function readEntitlements(
  accountId: string,
  { db, catalogue }: { db: Kysely<AuthTables>; catalogue: PlanCatalogue },
): Promise<EntitlementsReply | RejectionBody> {
  const account = await findAccount(db, accountId);
  return account === undefined ? { code: 'ACCOUNT_NOT_FOUND' } : entitlementsOf(account, catalogue);
}
