import type { CreateLimiter, Verdict } from './limiter.ts';
import type { Rate } from './rate.ts';

export interface LoginRates {
  /** Attempts per address and account together, so that an office behind one address is not locked out. */
  attempts: Rate;
  /** Wrong passwords per account from everywhere, so that many addresses help nobody to guess. */
  failures: Rate;
}
/** One try to log in or register. `account` is what the caller says it is: whether it exists plays no part. */
export interface LoginAttempt {
  readonly address: string;
  readonly account: string;
}
export interface LoginLimits {
  count(attempt: LoginAttempt): Promise<Verdict>;
  /**
   * Reserves one wrong password before it is tried, so that attempts at the same moment cannot pass together. Undefined for an
   * address that has logged in to the account before: guesses of strangers do not lock the owner out.
   */
  countGuess(attempt: LoginAttempt): Promise<Verdict | undefined>;
  /** Takes back what {@link countGuess} counted: the password was not wrong. */
  forgive(attempt: LoginAttempt): Promise<void>;
  /** From now on the account knows the address. */
  remember(attempt: LoginAttempt): Promise<void>;
}

/** Below the longest timer that Node has, 24.8 days. */
const rememberedMs = 14 * 24 * 3_600_000;

export function createLoginLimits({ attempts, failures }: LoginRates, create: CreateLimiter): LoginLimits {
  const ofPairs = create('login', attempts);
  const guesses = create('guess', failures);
  // Counting an acquaintance marks it: it is one for as long as its window lasts.
  const acquaintances = create('acquaintance', { points: 1, windowMs: rememberedMs });
  const pairOf = ({ address, account }: LoginAttempt) => `${address}|${account}`;
  return {
    count: (attempt) => ofPairs.count(pairOf(attempt)),
    async countGuess(attempt) {
      if (await acquaintances.isKnown(pairOf(attempt))) return undefined;
      return guesses.count(attempt.account);
    },
    forgive: ({ account }) => guesses.giveBack(account),
    async remember(attempt) {
      await acquaintances.count(pairOf(attempt));
    },
  };
}
