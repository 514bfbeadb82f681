/** Accounts and API keys as auth keeps them, for a harness without auth. */
import { createHash, randomUUID } from 'node:crypto';
import {
  allFeatures,
  type EntitlementsReply,
  firstPlanWith,
  internalRequests,
  type PlanId,
  plans,
  type ReserveMessages,
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
  /** Messages reserved and not given back. */
  messagesUsed(tenant: string): number;
  /** Of those that auth answers inside the platform. */
  answers: Record<string, (request: ServiceRequest) => ServiceReply>;
}

export function createTestAccounts(): TestAccounts {
  const accounts = new Map<string, { plan?: PlanId; tokenGeneration?: number; closed?: boolean }>();
  const keys = new Map<string, VerifiedApiKey>();
  const used = new Map<string, number>();
  const sessions = new Map<string, Set<string>>();
  const planOf = (tenant: string) => plans[accounts.get(tenant)?.plan ?? 'enterprise'];
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
    messagesUsed: (tenant) => used.get(tenant) ?? 0,
    answers: {
      [internalRequests.reserveMessages]: ({ body }) => {
        const { tenant, count } = body as ReserveMessages;
        const limit = planOf(tenant).messagesPerDay;
        const details = { limit, used: used.get(tenant) ?? 0, resetsAt: '2999-01-01T00:00:00.000Z' };
        if (details.used + count > limit) return refuse({ code: 'DAILY_LIMIT_REACHED', details });
        used.set(tenant, details.used + count);
        return answer(200, { ...details, used: details.used + count, day: '2998-12-31' });
      },
      [internalRequests.releaseMessages]: ({ body }) => {
        const { tenant, count } = body as ReserveMessages;
        used.set(tenant, (used.get(tenant) ?? 0) - count);
        return answer(200, {});
      },
      [internalRequests.authorizeSession]: ({ body }) => {
        const { tenant, sessionId } = body as { tenant: string; sessionId: string };
        const own = sessions.get(tenant) ?? new Set();
        if (!own.has(sessionId) && own.size >= planOf(tenant).sessions)
          return refuse({ code: 'SESSION_LIMIT_REACHED' });
        sessions.set(tenant, own.add(sessionId));
        return answer(200, { pool: null });
      },
      [internalRequests.entitlements]: ({ params }) => {
        const { plan = 'enterprise', tokenGeneration = 0, closed = false } = accounts.get(params.accountId!) ?? {};
        return closed ? refuse({ code: 'ACCOUNT_NOT_FOUND' }) : answer(200, entitlementsOf(plan, tokenGeneration));
      },
      [internalRequests.verifyApiKey]: ({ body }) => {
        const { hash, keyId } = body as { hash?: string; keyId?: string };
        const key = hash === undefined ? [...keys.values()].find((each) => each.keyId === keyId) : keys.get(hash);
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
    webhooks: 5,
    timeZone: 'UTC',
    tokenGeneration,
  };
}
