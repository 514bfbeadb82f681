import type { RejectionBody, VerifiedApiKey } from '@wam/contracts';
import type { Kysely } from '@wam/service-kit/postgres';
import { type PlanCatalogue, requireFeature } from '../plan/plan-catalogue.ts';
import type { AuthTables } from '../storage/schema.ts';
import { findApiKeyByHash } from './api-key-table.ts';

export interface VerifyApiKeyDeps {
  db: Kysely<AuthTables>;
  catalogue: PlanCatalogue;
  onUsed: (keyId: string) => void;
}

const sha256Hex = /^[0-9a-f]{64}$/;

/**
 * The key of this SHA-256. One index lookup whatever is asked; how far a guess matches cannot be measured, since the guesser does not
 * control the hash. After a downgrade the account's keys rest until its plan has them again.
 */
export async function verifyApiKey(
  hash: string,
  { db, catalogue, onUsed }: VerifyApiKeyDeps,
): Promise<VerifiedApiKey | RejectionBody> {
  if (!sha256Hex.test(hash)) return { code: 'UNAUTHORIZED' };
  const found = await findApiKeyByHash(db, Buffer.from(hash, 'hex'));
  if (found === undefined) return { code: 'UNAUTHORIZED' };
  const { key, plan } = found;
  const lacking = requireFeature(plan, 'api-keys', catalogue);
  if (lacking !== undefined) return lacking;
  onUsed(key.id);
  return { keyId: key.id, name: key.name, tenant: key.tenant, scopes: key.scopes, mode: key.mode };
}
