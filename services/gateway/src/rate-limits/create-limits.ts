import type { Clock, Logger } from '@wam/service-kit';
import type { GatewayConfig } from '../config.ts';
import { limiterFactory } from './limiter.ts';
import { createLoginLimits, type LoginLimits } from './login-limits.ts';
import { parseRate, parseRatesOfPlans } from './rate.ts';
import { createRequestLimits, type RequestLimits } from './request-limits.ts';
import { connectSharedCounts } from './shared-counts.ts';

export interface Limits extends Disposable {
  requests: RequestLimits;
  logins: LoginLimits;
}

/** All limits as configured, in this process or in Redis. */
export function createLimits(config: GatewayConfig, { clock, logger }: { clock: Clock; logger: Logger }): Limits {
  const { REDIS_URL: url, REDIS_TIMEOUT: commandTimeoutMs } = config;
  const shared = url && connectSharedCounts({ url, commandTimeoutMs }, clock, logger);
  const create = limiterFactory(shared);
  const requestRates = {
    general: parseRate(config.RATE_LIMIT_GENERAL),
    apiKey: parseRate(config.RATE_LIMIT_API_KEY),
    plans: parseRatesOfPlans(config.RATE_LIMIT_PLANS),
  };
  const loginRates = {
    attempts: parseRate(config.RATE_LIMIT_AUTH),
    failures: parseRate(config.RATE_LIMIT_AUTH_FAILURES),
  };
  return {
    requests: createRequestLimits(requestRates, create),
    logins: createLoginLimits(loginRates, create),
    [Symbol.dispose]: () => shared?.close(),
  };
}
