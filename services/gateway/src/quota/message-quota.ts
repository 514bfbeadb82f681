import { internalRequests, type RejectionBody, type ReserveMessages } from '@wam/contracts';
import type { Clock, Logger } from '@wam/service-kit';
import type { AskAuth } from '../authenticate/ask-auth.ts';
import type { Attempt } from '../idempotency/attempt.ts';
import { type AccountQuota, createAccountQuota, withRetryAfter } from './account-quota.ts';
import { createReleases } from './release-messages.ts';

/** Messages of the daily quota, taken before they are published. */
export interface Reservation {
  /** A message that was not stored after all. */
  giveBackOne(): void;
}
export interface MessageQuota {
  /**
   * All `count` or none; DAILY_LIMIT_REACHED with `details.resetsAt`, or SERVICE_UNAVAILABLE. Never rejects. For an attempt they are taken
   * once, however many attempts there are; what is given back goes with the end of the attempt.
   */
  reserve(tenant: string, count: number, attempt?: Attempt): Reservation | Promise<Reservation | RejectionBody>;
  /** Gives back what is reserved ahead. Never rejects. */
  close(): Promise<void>;
}
export const isReservation = (outcome: Reservation | RejectionBody): outcome is Reservation => 'giveBackOne' in outcome;

export interface MessageQuotaDeps {
  askAuth: AskAuth;
  clock: Clock;
  logger: Logger;
}

export function createMessageQuota(deps: MessageQuotaDeps): MessageQuota {
  const releases = createReleases(deps);
  const accounts = new Map<string, AccountQuota>();

  function accountOf(tenant: string): AccountQuota {
    let account = accounts.get(tenant);
    if (account === undefined) {
      account = createAccountQuota(tenant, { ...deps, releases, onIdle: () => accounts.delete(tenant) });
      accounts.set(tenant, account);
    }
    return account;
  }
  return {
    reserve: (tenant, count, attempt) =>
      attempt === undefined ? accountOf(tenant).reserve(count) : reserveFor(attempt, { tenant, count }, deps),
    async close() {
      await Promise.all([...accounts.values()].map((account) => account.close()));
      await releases.settled();
    },
  };
}

async function reserveFor(
  attempt: Attempt,
  { tenant, count }: ReserveMessages,
  { askAuth, clock }: MessageQuotaDeps,
): Promise<Reservation | RejectionBody> {
  const body: ReserveMessages = { tenant, count, idempotencyId: attempt.idempotencyId };
  const { ok: _, ...reply } = await askAuth(internalRequests.reserveMessages, { body });
  if ('code' in reply) return withRetryAfter(reply, clock.now());
  return {
    giveBackOne() {
      attempt.unusedMessages += 1;
    },
  };
}
