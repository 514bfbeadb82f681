import type { Caller } from '../authenticate/identity.ts';
import type { CreateLimiter, Limiter, Verdict } from './limiter.ts';
import { moreGenerous, type Rate } from './rate.ts';

export interface RequestRates {
  general: Rate;
  apiKey: Rate;
  /** Where more generous than the general one, for logged-in users of the plan. */
  plans: ReadonlyMap<string, Rate>;
}

/** How often the API may be called. */
export interface RequestLimits {
  /** An API key has a limit of its own; all logins of an account share one. */
  ofCaller(caller: Caller): Promise<Verdict>;
  /** For operations without authentication. */
  ofAddress(address: string): Promise<Verdict>;
  /**
   * For requests that are for nobody: failed authentication, unknown paths. Counted apart, so that a forgotten client with an old
   * token cannot keep everybody behind the same address from logging in.
   */
  ofStray(address: string): Promise<Verdict>;
}

export function createRequestLimits({ general, apiKey, plans }: RequestRates, create: CreateLimiter): RequestLimits {
  const ofUsers = create('user', general);
  const ofKeys = create('key', apiKey);
  const ofPlans = new Map<string, Limiter>(
    [...plans].map(([plan, rate]) => [plan, create(`user:${plan}`, moreGenerous(general, rate))]),
  );
  const ofAddresses = create('address', general);
  const strays = create('stray', general);
  return {
    ofCaller({ principal: { actor, tenant, plan } }) {
      if (actor.kind === 'apiKey') return ofKeys.count(actor.keyId);
      return (ofPlans.get(plan) ?? ofUsers).count(tenant);
    },
    ofAddress: (address) => ofAddresses.count(address),
    ofStray: (address) => strays.count(address),
  };
}
