import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { countedAloneNow } from '../telemetry.ts';
import type { Rate } from './rate.ts';
import type { SharedCounts } from './shared-counts.ts';

/** What one request found in its window, itself counted. */
export interface Verdict {
  allowed: boolean;
  limit: number;
  remaining: number;
  /** Until the window ends and everything is allowed again. */
  resetMs: number;
}
export interface Limiter {
  /** Counts one request of `key`. Never rejects. */
  count(key: string): Promise<Verdict>;
  /** Takes one counted request back. */
  giveBack(key: string): Promise<void>;
  /** Whether anything of `key` has been counted in its window. */
  isKnown(key: string): Promise<boolean>;
}
/** @param name keeps the keys of one limiter from those of others */
export type CreateLimiter = (name: string, rate: Rate) => Limiter;

/** Counts in this process; with `shared`, in Redis together with every other gateway, and here while it does not answer. */
export const limiterFactory =
  (shared?: SharedCounts): CreateLimiter =>
  (name, rate) => {
    const options = { keyPrefix: `wam:rate:${name}`, points: rate.points, duration: rate.windowMs / 1000 };
    const here = shared === undefined ? new RateLimiterMemory(options) : new Insurance(options, shared.failed);
    if (shared === undefined) return limiterOn(() => here, rate);
    const there = new RateLimiterRedis({
      ...options,
      storeClient: shared.client,
      rejectIfRedisNotReady: true,
      insuranceLimiter: here,
    });
    return limiterOn(() => (shared.usable() ? there : here), rate);
  };

/** The library turns to it whenever Redis has refused, failed or taken too long; the limiter while Redis is given a pause. */
class Insurance extends RateLimiterMemory {
  readonly #used: () => void;
  constructor(options: ConstructorParameters<typeof RateLimiterMemory>[0], used: () => void) {
    super(options);
    this.#used = used;
  }
  override consume(...args: Parameters<RateLimiterMemory['consume']>): ReturnType<RateLimiterMemory['consume']> {
    this.#used();
    countedAloneNow();
    return super.consume(...args);
  }
}

function limiterOn(current: () => RateLimiterAbstract, { points }: Rate): Limiter {
  const verdict = (allowed: boolean, found: RateLimiterRes): Verdict => ({
    allowed,
    limit: points,
    remaining: found.remainingPoints,
    resetMs: found.msBeforeNext,
  });
  return {
    count: (key) =>
      current()
        .consume(key)
        .then(
          (found) => verdict(true, found),
          (found: unknown) => {
            if (found instanceof RateLimiterRes) return verdict(false, found);
            throw found;
          },
        ),
    async giveBack(key) {
      await current().reward(key);
    },
    isKnown: async (key) => (await current().get(key)) !== null,
  };
}
