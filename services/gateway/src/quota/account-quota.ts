import { internalRequests, type RejectionBody, type ReservedMessages, reservedAheadMs } from '@wam/contracts';
import type { Clock, Timer } from '@wam/service-kit';
import type { AskAuth } from '../authenticate/ask-auth.ts';
import type { Reservation } from './message-quota.ts';
import type { Releases } from './release-messages.ts';

export interface AccountQuota {
  /** At once from what was reserved ahead, otherwise when auth has answered. Never rejects. */
  reserve(count: number): Reservation | Promise<Reservation | RejectionBody>;
  /** Gives back what is reserved ahead, and reserves no more ahead. Never rejects. */
  close(): Promise<void>;
}
export interface AccountQuotaDeps {
  askAuth: AskAuth;
  clock: Clock;
  releases: Releases;
  /** Nothing is kept here any more. */
  onIdle(): void;
}
interface Waiting {
  count: number;
  resolve: (outcome: Reservation | RejectionBody) => void;
}
/** Counted by auth and given to nobody yet, all of one day. */
interface Stock {
  readonly day: string;
  readonly dayEndsAtMs: number;
  /** One for all: what it gives back depends on the day only. */
  readonly reservation: Reservation;
  left: number;
  /** Whether auth gave some ahead when it was asked last. */
  refills: boolean;
}

/** So many that wait together are a flood: those who come next will need messages too. */
const floodSize = 4;
/** Some 20 ms of what one gateway accepts at most. As many, at worst, are counted and never sent when a gateway is killed. */
const aheadCount = 256;

/**
 * One question to auth at a time: whoever asks while it is under way waits for the next one, which asks for all of them together. So a lone
 * send costs one round trip. In a flood more is asked for than is needed, and the next senders find it here; what nobody has needed within
 * {@link reservedAheadMs} is given back.
 */
export function createAccountQuota(
  tenant: string,
  { askAuth, clock, releases, onIdle }: AccountQuotaDeps,
): AccountQuota {
  let waiting: Waiting[] = [];
  let asking: Promise<void> | undefined;
  let closed = false;
  /** Those who wait for the answer that is under way; what is in stock is theirs. */
  let owed = 0;
  let stock: Stock | undefined;
  let timer: Timer | undefined;
  let keptUntilMs = 0;

  function giveBackStock(): void {
    if (stock !== undefined && stock.left > 0) releases.add(tenant, stock.day, stock.left);
    stock = undefined;
    timer?.cancel();
    timer = undefined;
  }
  function restWhenIdle(): void {
    if (asking === undefined && stock === undefined) onIdle();
  }
  const inStock = (): number => stock?.left ?? 0;
  /** Looked at before auth is asked, never after: by the clock of auth the day it counts on is not over. */
  function endDay(): void {
    if (stock !== undefined && clock.now() >= stock.dayEndsAtMs) giveBackStock();
  }
  function addToStock({ day, resetsAt, ahead = 0 }: ReservedMessages, count: number): void {
    if (stock?.day !== day) {
      giveBackStock();
      const reservation = { giveBackOne: () => releases.add(tenant, day, 1) };
      stock = { day, dayEndsAtMs: Date.parse(resetsAt), reservation, left: 0, refills: false };
    }
    stock.left += count + ahead;
    stock.refills = ahead > 0;
    if (ahead === 0) return;
    keptUntilMs = clock.monotonicMs() + reservedAheadMs;
    timer ??= clock.setTimeout(endStock, reservedAheadMs);
  }
  function endStock(): void {
    const leftMs = keptUntilMs - clock.monotonicMs();
    timer = leftMs > 0 ? clock.setTimeout(endStock, leftMs) : undefined;
    if (leftMs > 0) return;
    giveBackStock();
    restWhenIdle();
  }
  const runsLow = (): boolean => stock?.refills === true && stock.left < aheadCount / 2 && !closed;
  function take(from: Stock, count: number): Reservation {
    from.left -= count;
    if (runsLow()) asking ??= serve();
    return from.reservation;
  }

  /** Never rejects. */
  async function serve(): Promise<void> {
    // Those of the same turn of the event loop go together from the start.
    await new Promise(setImmediate);
    while (waiting.length > 0 || runsLow()) {
      const together = waiting;
      waiting = [];
      owed = together.length;
      await (owed > 0 ? grant(together) : ask(0, aheadCount));
      owed = 0;
    }
    asking = undefined;
    if (timer === undefined) giveBackStock();
    restWhenIdle();
  }
  /** What auth gives is in stock afterwards. */
  async function ask(count: number, ahead: number): Promise<RejectionBody | undefined> {
    const reply = await askAuth(internalRequests.reserveMessages, { body: { tenant, count, ahead } });
    if (reply.ok) {
      addToStock(reply.body as ReservedMessages, count);
      return undefined;
    }
    if (stock !== undefined) stock.refills = false;
    const { ok: _, ...refusal } = reply;
    return withRetryAfter(refusal, clock.now());
  }
  /** Answers everybody: what is left of the quota goes to the first that fit, and none of it stays unused. */
  async function grant(together: Waiting[]): Promise<void> {
    endDay();
    let open = together;
    let ahead = together.length < floodSize || closed ? 0 : aheadCount;
    for (;;) {
      const total = open.reduce((sum, { count }) => sum + count, 0);
      if (total <= inStock()) break;
      const refusal = await ask(total - inStock(), ahead);
      ahead = 0;
      if (refusal === undefined) continue;
      // Less than was refused now, whatever the figures say, so that this ends.
      const { fit, tooLarge } = fitting(open, Math.min(roomOf(refusal) + inStock(), total - 1));
      for (const { resolve } of tooLarge) resolve(refusal);
      open = fit;
    }
    for (const { count, resolve } of open) resolve(take(stock!, count));
  }

  return {
    async close() {
      closed = true;
      await asking;
      giveBackStock();
    },
    reserve(count) {
      endDay();
      if (waiting.length === 0 && owed === 0 && inStock() >= count) return take(stock!, count);
      const { promise, resolve } = Promise.withResolvers<Reservation | RejectionBody>();
      waiting.push({ count, resolve });
      asking ??= serve();
      return promise;
    },
  };
}

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

function roomOf({ code, details }: RejectionBody): number {
  const { limit, used } = details ?? {};
  if (code !== 'DAILY_LIMIT_REACHED' || typeof limit !== 'number' || typeof used !== 'number') return 0;
  return Math.max(0, limit - used);
}

export function withRetryAfter(refusal: RejectionBody, nowMs: number): RejectionBody {
  const resetsInMs = Date.parse(String(refusal.details?.resetsAt)) - nowMs;
  if (!(resetsInMs > 0)) return refusal;
  return { ...refusal, details: { ...refusal.details, retryAfterSeconds: Math.ceil(resetsInMs / 1000) } };
}
