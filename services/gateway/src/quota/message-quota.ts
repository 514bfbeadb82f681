import { internalRequests, type RejectionBody, type ReservedMessages, type ReserveMessages } from '@wam/contracts';
import type { Clock, Logger } from '@wam/service-kit';
import type { AskAuth } from '../authenticate/ask-auth.ts';
import type { Attempt } from '../idempotency/attempt.ts';

/** Messages of the daily quota, taken before they are published. */
export interface Reservation {
  /** Of the account, `YYYY-MM-DD`: where it is counted. */
  day: string;
  /** A message that was not stored after all. */
  giveBackOne(): void;
}
export interface MessageQuota {
  /**
   * All `count` or none; DAILY_LIMIT_REACHED with `details.resetsAt`, or SERVICE_UNAVAILABLE. Never rejects. For an attempt they are taken
   * once, however many attempts there are; what is given back goes with the end of the attempt.
   */
  reserve(tenant: string, count: number, attempt?: Attempt): Promise<Reservation | RejectionBody>;
}
export const isReservation = (outcome: Reservation | RejectionBody): outcome is Reservation => 'giveBackOne' in outcome;

export interface MessageQuotaDeps {
  askAuth: AskAuth;
  clock: Clock;
  logger: Logger;
}
interface Waiting {
  count: number;
  resolve: (outcome: Reservation | RejectionBody) => void;
}

/**
 * One question to auth at a time per account: whoever asks while it is under way waits for the next one, which asks for all of them
 * together. So a flood costs auth few questions, and a lone send costs one round trip.
 */
export function createMessageQuota(deps: MessageQuotaDeps): MessageQuota {
  const waitingByTenant = new Map<string, Waiting[]>();
  const release = createReleases(deps);

  async function serve(tenant: string, waiting: Waiting[]): Promise<void> {
    // Those of the same turn of the event loop go together from the start.
    await new Promise(setImmediate);
    while (waiting.length > 0) await grant(tenant, waiting.splice(0), deps, release);
    waitingByTenant.delete(tenant);
  }
  return {
    reserve(tenant, count, attempt) {
      if (attempt !== undefined) return reserveFor(attempt, { tenant, count }, deps);
      const { promise, resolve } = Promise.withResolvers<Reservation | RejectionBody>();
      const waiting = waitingByTenant.get(tenant);
      if (waiting !== undefined) {
        waiting.push({ count, resolve });
      } else {
        const first = [{ count, resolve }];
        waitingByTenant.set(tenant, first);
        void serve(tenant, first); // never rejects
      }
      return promise;
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
    day: (reply.body as ReservedMessages).day,
    giveBackOne() {
      attempt.unusedMessages += 1;
    },
  };
}

/** Answers everybody in `waiting`: what is left of the quota goes to the first that fit, and none of it stays unused. */
async function grant(tenant: string, waiting: Waiting[], deps: MessageQuotaDeps, release: Release): Promise<void> {
  for (let asking = waiting; asking.length > 0; ) {
    const count = totalOf(asking);
    const reply = await deps.askAuth(internalRequests.reserveMessages, { body: { tenant, count } });
    if (reply.ok) {
      const { day } = reply.body as ReservedMessages;
      const reservation: Reservation = { day, giveBackOne: () => release(tenant, day) };
      for (const { resolve } of asking) resolve(reservation);
      return;
    }
    const { ok: _, ...refusal } = reply;
    // Less than was refused now, whatever the figures say, so that this ends.
    const room = refusal.code === 'DAILY_LIMIT_REACHED' ? Math.min(roomOf(refusal), count - 1) : 0;
    const { fit, tooLarge } = fitting(asking, room);
    const shown = withRetryAfter(refusal, deps.clock.now());
    for (const { resolve } of tooLarge) resolve(shown);
    asking = fit;
  }
}

const totalOf = (waiting: readonly Waiting[]): number => waiting.reduce((sum, { count }) => sum + count, 0);

function fitting(waiting: readonly Waiting[], room: number): { fit: Waiting[]; tooLarge: Waiting[] } {
  const fit: Waiting[] = [];
  const tooLarge: Waiting[] = [];
  let total = 0;
  for (const one of waiting) {
    if (total + one.count > room) {
      tooLarge.push(one);
    } else {
      total += one.count;
      fit.push(one);
    }
  }
  return { fit, tooLarge };
}

function roomOf({ details }: RejectionBody): number {
  const { limit, used } = details ?? {};
  return typeof limit === 'number' && typeof used === 'number' ? Math.max(0, limit - used) : 0;
}

function withRetryAfter(refusal: RejectionBody, nowMs: number): RejectionBody {
  const resetsInMs = Date.parse(String(refusal.details?.resetsAt)) - nowMs;
  if (!(resetsInMs > 0)) return refusal;
  return { ...refusal, details: { ...refusal.details, retryAfterSeconds: Math.ceil(resetsInMs / 1000) } };
}

type Release = (tenant: string, day: string) => void;

/** Releases of one turn of the event loop go together. A release that fails leaves the message counted, which nobody but its sender loses by. */
function createReleases({ askAuth, logger }: MessageQuotaDeps): Release {
  const pending = new Map<string, { tenant: string; day: string; count: number }>();
  async function flush(): Promise<void> {
    const releases = [...pending.values()];
    pending.clear();
    for (const body of releases) {
      const reply = await askAuth(internalRequests.releaseMessages, { body });
      if (!reply.ok) logger.warn({ code: reply.code, ...body }, 'reserved messages not given back');
    }
  }
  return (tenant, day) => {
    const key = `${tenant}/${day}`;
    const known = pending.get(key);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    pending.set(key, { tenant, day, count: 1 });
    if (pending.size === 1) setImmediate(() => void flush()); // never rejects
  };
}
