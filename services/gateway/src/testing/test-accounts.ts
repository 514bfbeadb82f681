/** Accounts and API keys as auth keeps them, for a harness without auth. */
import { createHash, randomUUID } from 'node:crypto';
import {
  allFeatures,
  type EntitlementsReply,
  firstPlanWith,
  internalRequests,
  type PlanId,
  plans,
  type ServiceReply,
  type ServiceRequest,
  type VerifiedApiKey,
} from '@wam/contracts';
import { answer, refuse } from '@wam/service-kit/nats';

export interface TestAccounts {
  /** Every tenant exists; its plan is `enterprise` and its generation 0 unless set. */
  set(tenant: string, facts: { plan?: PlanId; tokenGeneration?: number; closed?: boolean }): void;
  /** @returns the key */
  addKey(tenant: string, facts?: Partial<VerifiedApiKey>): string;
  revokeKey(key: string): void;
  /** Of those that auth answers inside the platform. */
  answers: Record<string, (request: ServiceRequest) => ServiceReply>;
}

export function createTestAccounts(): TestAccounts {
  const accounts = new Map<string, { plan?: PlanId; tokenGeneration?: number; closed?: boolean }>();
  const keys = new Map<string, VerifiedApiKey>();
  const hashOf = (key: string) => createHash('sha256').update(key).digest('hex');
  return {
    set(tenant, facts) {
      accounts.set(tenant, { ...accounts.get(tenant), ...facts });
    },
    addKey(tenant, facts = {}) {
      const mode = facts.mode ?? 'live';
      const key = `wa_${mode}_${randomUUID().replaceAll('-', '')}`;
      const scopes = facts.scopes ?? ['read', 'send', 'manage'];
      keys.set(hashOf(key), { keyId: `key_${randomUUID()}`, name: 'CRM', tenant, scopes, mode, ...facts });
      return key;
    },
    revokeKey(key) {
      keys.delete(hashOf(key));
    },
    answers: {
      [internalRequests.entitlements]: ({ params }) => {
        const { plan = 'enterprise', tokenGeneration = 0, closed = false } = accounts.get(params.accountId!) ?? {};
        return closed ? refuse({ code: 'ACCOUNT_NOT_FOUND' }) : answer(200, entitlementsOf(plan, tokenGeneration));
      },
      [internalRequests.verifyApiKey]: ({ body }) => {
        const key = keys.get((body as { hash: string }).hash);
        return key === undefined ? refuse({ code: 'UNAUTHORIZED' }) : answer(200, key);
      },
    },
  };
}

export function entitlementsOf(plan: PlanId, tokenGeneration = 0): EntitlementsReply {
  const { features, sessions, messagesPerDay } = plans[plan];
  const lacking = allFeatures.filter((feature) => !(features as readonly string[]).includes(feature));
  return {
    plan,
    features,
    lacking: Object.fromEntries(lacking.map((feature) => [feature, firstPlanWith(feature).name])),
    sessions,
    messagesPerDay,
    timeZone: 'UTC',
    tokenGeneration,
  };
}
