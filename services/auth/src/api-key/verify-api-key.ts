import type { RejectionBody, VerifiedApiKey } from '@wam/contracts';
import type { Kysely } from '@wam/service-kit/postgres';
import { type PlanCatalogue, requireFeature } from '../plan/plan-catalogue.ts';
import type { AuthTables } from '../storage/schema.ts';
import { findApiKeyByHash, findApiKeyById, type KeyOnPlan } from './api-key-table.ts';

export interface VerifyApiKeyDeps {
  db: Kysely<AuthTables>;
  catalogue: PlanCatalogue;
  onUsed: (keyId: string) => void;
}

/** Itself, or by a ticket that it stands behind. */
export type ShownApiKey = { hash: string } | { tenant: string; keyId: string };

const sha256Hex = /^[0-9a-f]{64}$/;

/**
 * The key of this SHA-256, or of this id where a ticket vouches for it. One index lookup whatever is asked; how far a guess matches cannot be measured, since the guesser does not
 * control the hash. After a downgrade the account's keys rest until its plan has them again.
 */
export async function verifyApiKey(
  shown: ShownApiKey,
  { db, catalogue, onUsed }: VerifyApiKeyDeps,
): Promise<VerifiedApiKey | RejectionBody> {
  const found = await find(db, shown);
  if (found === undefined) return { code: 'UNAUTHORIZED' };
  const { key, plan } = found;
  const lacking = requireFeature(plan, 'api-keys', catalogue);
  if (lacking !== undefined) return lacking;
  onUsed(key.id);
  return { keyId: key.id, name: key.name, tenant: key.tenant, scopes: key.scopes, mode: key.mode };
}

function find(db: Kysely<AuthTables>, shown: ShownApiKey): Promise<KeyOnPlan | undefined> {
  if ('keyId' in shown) return findApiKeyById(db, shown);
  return sha256Hex.test(shown.hash) ? findApiKeyByHash(db, Buffer.from(shown.hash, 'hex')) : Promise.resolve(undefined);
}
