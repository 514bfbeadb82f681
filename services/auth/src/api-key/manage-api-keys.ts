import type { AnswerOf, BodyOf, createApiKey, listApiKeys, RejectionBody, Scope } from '@wam/contracts';
import type { Kysely } from '@wam/service-kit/postgres';
import { lockAccount } from '../account/account-table.ts';
import { type Caller, isRevoked } from '../change/caller.ts';
import type { CommitChange } from '../change/commit-change.ts';
import { keepingAnswer } from '../idempotency/keep-answer.ts';
import type { SealedAnswers } from '../idempotency/sealed-answers.ts';
import { type PlanCatalogue, requireFeature } from '../plan/plan-catalogue.ts';
import type { AuthTables } from '../storage/schema.ts';
import {
  type ApiKey,
  apiKeyPrefix,
  defaultScopes,
  hashApiKey,
  maxApiKeysPerAccount,
  newApiKeySecret,
} from './api-key.ts';
import { countApiKeys, deleteApiKey, insertApiKey, readApiKeys } from './api-key-table.ts';

export interface ManageApiKeysDeps {
  db: Kysely<AuthTables>;
  commitChange: CommitChange;
  catalogue: PlanCatalogue;
  answers: SealedAnswers;
  now: () => Date;
  newId: () => string;
}

/** The answer is the only place that ever has the key itself. */
export async function addApiKey(
  { name, mode = 'live', scopes = [...defaultScopes] }: BodyOf<typeof createApiKey>,
  { tenant, cause, idempotencyId, generation }: Caller,
  { commitChange, catalogue, answers, now, newId }: ManageApiKeysDeps,
): Promise<AnswerOf<typeof createApiKey, 201> | RejectionBody> {
  return commitChange(cause, async ({ trx, tell, audit }) => {
    // Locked, so that two requests cannot both make the fiftieth key.
    const account = await lockAccount(trx, tenant);
    if (account === undefined) return { code: 'ACCOUNT_NOT_FOUND' };
    if (isRevoked({ generation }, account)) return { code: 'UNAUTHORIZED' };
    const lacking = requireFeature(account.plan, 'api-keys', catalogue);
    if (lacking !== undefined) return lacking;
    // The secret is not kept, so a second answer could only be a second key.
    return keepingAnswer(trx, { tenant, idempotencyId }, { answers, status: 201 }, async () => {
      if ((await countApiKeys(trx, tenant)) >= maxApiKeysPerAccount) return { code: 'API_KEY_LIMIT_REACHED' as const };
      const keyMode = mode as ApiKey['mode'];
      const secret = newApiKeySecret(keyMode);
      const key: ApiKey = {
        id: `key_${newId()}`,
        tenant,
        name,
        mode: keyMode,
        scopes: scopes as Scope[],
        prefix: apiKeyPrefix(secret),
        createdAt: now(),
        lastUsedAt: null,
      };
      await insertApiKey(trx, key, hashApiKey(secret));
      await audit(tenant, 'api-key.created', { subject: key.id, details: { name, mode, scopes } });
      await tell(tenant, { type: 'ApiKeyCreated', data: { accountId: tenant, keyId: key.id } });
      return { ...viewOf(key), key: secret };
    });
  });
}

export async function showApiKeys(
  { tenant }: Caller,
  { db }: ManageApiKeysDeps,
): Promise<AnswerOf<typeof listApiKeys, 200>> {
  const keys = (await readApiKeys(db, tenant)).map(viewOf);
  return { keys, total: keys.length };
}

/** Gateways learn of it from the event, which leaves right after the commit. */
export async function removeApiKey(
  keyId: string,
  { tenant, cause }: Caller,
  { commitChange }: ManageApiKeysDeps,
): Promise<RejectionBody | undefined> {
  return commitChange(cause, async ({ trx, tell, audit }) => {
    const key = await deleteApiKey(trx, tenant, keyId);
    if (key === undefined) return { code: 'API_KEY_NOT_FOUND' };
    await audit(tenant, 'api-key.revoked', { subject: keyId, details: { name: key.name } });
    await tell(tenant, { type: 'ApiKeyRevoked', data: { accountId: tenant, keyId } });
    return undefined;
  });
}

const viewOf = (key: ApiKey): AnswerOf<typeof listApiKeys, 200>['keys'][number] => ({
  keyId: key.id,
  name: key.name,
  mode: key.mode,
  scopes: [...key.scopes],
  prefix: key.prefix,
  createdAt: key.createdAt.toISOString(),
  lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
});
