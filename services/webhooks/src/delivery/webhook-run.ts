/** Delivering to one webhook, for as long as this process holds its lease. */
import type { Clock, Logger, Random, Timer } from '@wam/service-kit';
import { SealError } from '@wam/service-kit';
import type { Kysely } from '@wam/service-kit/postgres';
import type { AttemptOutcome, StartAttempt } from '../network/send-attempt.ts';
import type { WebhooksTables } from '../storage/schema.ts';
import { traceAttempt } from '../traces.ts';
import type { WebhookSeals } from '../webhook/webhook-seals.ts';
import type { WebhookRow } from '../webhook/webhook-table.ts';
import { resultOf, unreadable } from './attempt-result.ts';
import { requestOf, targetOf } from './delivery-request.ts';
import {
  type AttemptResult,
  type DueDelivery,
  dueOfNew,
  type NewDelivery,
  nextDueAt,
  readDue,
  readInOrder,
} from './delivery-table.ts';
import { createFailingRecord } from './failing-record.ts';
import { createIntake } from './intake.ts';
import { judgeAttempt, type Verdict } from './judge-attempt.ts';
import { admit, endPause, type HealthRules, initialHealth, mustDisable, report } from './receiver-health.ts';
import type { ResultWriter } from './result-writer.ts';
import { nextAttemptDelayMs } from './retry-schedule.ts';
import type { Slots } from './slots.ts';
import { createThroughput } from './throughput.ts';
import { patienceMs, type Unwritten } from './unwritten.ts';

export interface WebhookRunDeps {
  db: Kysely<WebhooksTables>;
  seals: WebhookSeals;
  startAttempt: StartAttempt;
  writer: ResultWriter;
  slots: Slots;
  rules: HealthRules;
  clock: Clock;
  random: Random;
  logger: Logger;
  /**
   * Names the stretch of time for which the lease has been held without a break until now; undefined when it may have run out, and somebody else may
   * be at it.
   */
  tenure: () => number | undefined;
  /** Since when nothing has reached the receiver, or that something has: for its owner, and for the process after this one. */
  onFailing: (webhookId: string, since: Date | null) => Promise<void>;
  /** @returns false when the webhook has another receiver by now, which is not switched off */
  onDisable: (disabled: { id: string; url: string }, reason: 'gone' | 'failing') => Promise<boolean>;
}

export interface WebhookRun {
  /** Something may have become due. */
  wake(): void;
  /** These were just committed. What it has no room or use for it reads from the table later. */
  offer(deliveries: readonly NewDelivery[]): void;
  /** Attempts these before they are written, if it can do so now. */
  accept(deliveries: readonly NewDelivery[], unwritten: Unwritten): boolean;
  /** Its receiver takes too long for {@link accept}. */
  slowDown(): void;
  /** Its owner has changed it, or sent something again. */
  refresh(row: WebhookRow): void;
  /** Nothing new is started from then on; resolves when what is under way has ended. */
  stop(): Promise<void>;
  /** Monotonic ms since when there is nothing to do; undefined while there is. */
  readonly idleSinceMs: number | undefined;
  /** Monotonic ms of the last attempt while it knows something that goes with the lease: of failures, or of sessions that wait. */
  readonly remembersSinceMs: number | undefined;
  /** Memory of what waits here to be sent, about. */
  readonly bytesInHand: number;
  readonly isPausedByBreaker: boolean;
}

/** Rows read at a time; when the receiver does not answer they would only lie here. */
const pageSize = { answering: 500, silent: 200 };
/** After attempts that took too long, rows are written first again. */
const slowForMs = 1_000;
/** And for this long no more is attempted before it is written than is through in time. */
const watchedForMs = 60_000;
const acceptedMs = patienceMs / 2;
/** Another process may have put something there without this one hearing of it. */
const maxSleepMs = 30_000;
const retryMs = 500;

export function createWebhookRun(initial: WebhookRow, deps: WebhookRunDeps): WebhookRun {
  const { db, seals, startAttempt, writer, slots, rules, clock, random, logger, tenure } = deps;
  const { id, tenant } = initial;
  const holdsLease = (): boolean => tenure() !== undefined;
  let { url, ordered } = initial;
  let target = targetOf(initial, seals);
  const from = { db, seals, tenant, webhookId: id };
  const intake = createIntake(initial.ordered, (page) =>
    page.ordered ? readInOrder(from, page) : readDue(from, page),
  );
  let health = initialHealth(rules, initial.failing_since?.getTime());
  let inFlight = 0;
  let stopped = false;
  let looking: Promise<void> | undefined;
  /** The last attempt succeeded. */
  let answers = false;
  let idleSinceMs: number | undefined;
  let slowUntilMs = 0;
  let watchedUntilMs = 0;
  let endedCount = 0;
  let endedAtMs = clock.monotonicMs();
  let isPumpDue = false;
  const record = createFailingRecord(initial.failing_since?.getTime(), {
    write: (since) => deps.onFailing(id, since),
    clock,
    logger: logger.child({ webhookId: id, tenant }),
  });
  const throughput = createThroughput();
  /** The table has not been asked since when what is next due may have changed. */
  let mustLook = true;
  let refreshedAtMs = Number.NEGATIVE_INFINITY;
  let pauseTimer: Timer | undefined;
  let dueTimer: Timer | undefined;
  /** Outcomes on their way to the table. */
  const underWay = new Set<Promise<void>>();
  let onStopped = (): void => {};

  function pump(): void {
    if (stopped || !holdsLease()) return;
    // One that answers is read ahead for, to reach the end of the table: behind it what is new is handed over.
    if (intake.mayHaveMore && intake.size < (answers && !ordered ? pageSize.answering : rules.maxLimit)) read();
    while (!stopped && intake.size > 0 && writer.hasRoom(pump)) {
      const admission = admit(health, inFlight, clock.now());
      if (admission.kind === 'wait') {
        pauseTimer?.cancel();
        pauseTimer = clock.setTimeout(pump, Math.max(0, admission.untilMs - clock.now()));
      }
      if (admission.kind !== 'start' || !slots.take(tenant, pump)) return;
      const delivery = intake.take(clock.now());
      if (delivery === undefined) {
        slots.free(tenant);
        break;
      }
      if (delivery.unwritten?.isLost) {
        slots.free(tenant);
        intake.settle(delivery, undefined);
        continue;
      }
      health = admission.health;
      inFlight++;
      deliver(delivery);
    }
    if (intake.size === 0 && isQuiet() && !intake.mayHaveMore) rest();
  }

  /** Once for all answers of a turn of the event loop: what is sent next goes out together. */
  function pumpSoon(): void {
    if (isPumpDue) return;
    isPumpDue = true;
    setImmediate(() => {
      isPumpDue = false;
      pump();
    });
  }

  const isQuiet = (): boolean => inFlight === 0 && underWay.size === 0;

  function track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) =>
        logger.error({ err: error, webhookId: id, tenant }, 'delivery failed for a fault of ours'),
      )
      .finally(() => {
        underWay.delete(tracked);
        pump();
      });
    underWay.add(tracked);
  }

  /** At most one look at the table at a time. */
  function look(at: () => Promise<void>): void {
    looking ??= at()
      .catch((error: unknown) => {
        logger.error({ err: error, webhookId: id, tenant, retryMs }, 'deliveries not read; trying again');
        intake.stir();
        return clock.sleep(retryMs);
      })
      .then(() => {
        looking = undefined;
        pump();
      });
  }

  function read(): void {
    look(() => {
      idleSinceMs = undefined;
      mustLook = true;
      return intake.read(answers ? pageSize.answering : pageSize.silent, clock.now());
    });
  }

  function offer(deliveries: readonly NewDelivery[]): void {
    if (wantOrder(deliveries)) intake.stir();
    else intake.offer(deliveries.map((delivery) => dueOfNew(delivery)));
    idleSinceMs = undefined;
    pump();
  }

  function accept(deliveries: readonly NewDelivery[], unwritten: Unwritten): boolean {
    if (stopped || !holdsLease() || !answers || health.breaker !== 'closed' || clock.monotonicMs() < slowUntilMs)
      return false;
    if (wantOrder(deliveries)) return false;
    const ahead = intake.size + inFlight;
    throughput.look(clock.monotonicMs(), endedCount, ahead > 0);
    // As many as can be under way at once are tried with any receiver.
    const bound =
      clock.monotonicMs() < watchedUntilMs ? Math.max(health.limit, throughput.within(acceptedMs)) : Infinity;
    if (ahead + deliveries.length > bound) return false;
    if (!intake.accept(deliveries.map((delivery) => dueOfNew(delivery, unwritten)))) return false;
    idleSinceMs = undefined;
    pump();
    return true;
  }

  /** Everything that was due is sent and its outcome committed: sleep until more is. */
  function rest(): void {
    if (idleSinceMs !== undefined) return;
    if (!mustLook) {
      idleSinceMs = clock.monotonicMs();
      return;
    }
    look(async () => {
      mustLook = false;
      // What is behind one that waits is due by its row, and is not.
      const dueAt = ordered ? intake.reopensAt : await nextDueAt(db, id);
      idleSinceMs = clock.monotonicMs();
      if (dueAt === undefined) return;
      dueTimer?.cancel();
      dueTimer = clock.setTimeout(wake, Math.min(maxSleepMs, Math.max(1, dueAt - clock.now())));
    });
  }

  function wake(): void {
    intake.stir();
    pump();
  }

  function deliver(delivery: DueDelivery): void {
    const atMs = clock.now();
    const { eventId } = delivery;
    const begunIn = tenure();
    const to = url;
    try {
      const body = typeof delivery.body === 'string' ? delivery.body : seals.openBody(tenant, eventId, delivery.body);
      startAttempt(requestOf(target, { eventId, body, atMs }), (outcome) => {
        traceAttempt({ tenant, webhookId: id, delivery, body, outcome, atMs });
        ended(delivery, { atMs, begunIn, to }, outcome);
      });
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      // The key of the account is gone: so is what was to be sent.
      const verdict = { result: 'failed', overloaded: false, error: unreadable.reason } as const;
      const end = { delivery, atMs, outcome: unreadable, verdict, retryAtMs: undefined };
      track(settle(delivery, resultOf({ tenant, webhookId: id, ...end }, seals)));
      leave();
    }
  }

  function leave(): void {
    inFlight--;
    slots.free(tenant);
    if (stopped && inFlight === 0) onStopped();
  }

  function ended(
    delivery: DueDelivery,
    { atMs, begunIn, to }: { atMs: number; begunIn: number | undefined; to: string },
    outcome: AttemptOutcome,
  ): void {
    const nowMs = clock.now();
    const verdict = judgeAttempt(outcome, nowMs);
    const isCutOff = outcome.kind === 'failed' && (stopped || !holdsLease() || tenure() !== begunIn);
    // Cut off by the stop, or by this process having stood still, not by the receiver; or it has another one now: as if it had not been tried.
    if (isCutOff || (verdict.result !== 'delivered' && to !== url)) {
      intake.settle(delivery, nowMs);
      mustLook = true;
      leave();
      pumpSoon();
      return;
    }
    if (to === url) judge(verdict, nowMs);
    endedCount++;
    endedAtMs = clock.monotonicMs();
    const delayMs =
      verdict.result === 'failed' ? nextAttemptDelayMs(delivery.tries + 1, verdict.retryAfterMs, random) : undefined;
    const retryAtMs = delayMs === undefined ? undefined : nowMs + delayMs;
    const result = resultOf({ tenant, webhookId: id, delivery, atMs, outcome, verdict, retryAtMs }, seals);
    if (result.status === 'delivered' && delivery.unwritten?.note(result)) {
      // Nobody's business any more: this is what thousands a second are.
      intake.settle(delivery, undefined);
      idleSinceMs = undefined;
    } else track(conclude(delivery, result, verdict, nowMs));
    leave();
    pumpSoon();
  }

  async function conclude(
    delivery: DueDelivery,
    result: AttemptResult,
    { result: end }: Verdict,
    nowMs: number,
  ): Promise<void> {
    // What its former receiver has refused is for the next one.
    if (end === 'gone' && !(await disable('gone'))) {
      intake.settle(delivery, nowMs);
      return;
    }
    await settle(delivery, result);
    if (end === 'failed' && mustDisable(health, nowMs, rules)) await disable('failing');
  }

  function judge({ result, overloaded, retryAfterMs }: Verdict, nowMs: number): void {
    answers = result === 'delivered';
    const reported = {
      success: result === 'delivered',
      overloaded,
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    };
    health = report(health, reported, nowMs, rules);
    const written = record.tell(health.failingSince);
    if (written !== undefined) track(written);
  }

  async function settle(delivery: DueDelivery, result: AttemptResult): Promise<void> {
    const { unwritten } = delivery;
    if (unwritten?.note(result)) await unwritten.written;
    else if (unwritten === undefined || (await unwritten.written)) await writer.write(result, ordered);
    // Sent again during the attempt: then it is due now, whatever became of that.
    const isSentAgain = result.status !== 'delivered' && refreshedAtMs >= result.atMs;
    const dueAt = isSentAgain ? clock.now() : (result.nextAttemptAtMs ?? undefined);
    intake.settle(delivery, dueAt);
    if (dueAt !== undefined) mustLook = true;
    idleSinceMs = undefined;
  }

  async function disable(reason: 'gone' | 'failing'): Promise<boolean> {
    if (stopped) return true;
    stopped = true;
    return deps.onDisable({ id, url }, reason);
  }

  pump();
  return {
    wake,
    offer,
    accept,
    slowDown() {
      slowUntilMs = clock.monotonicMs() + slowForMs;
      watchedUntilMs = clock.monotonicMs() + watchedForMs;
    },
    get bytesInHand() {
      return intake.bytes;
    },
    get isPausedByBreaker() {
      return health.breaker !== 'closed';
    },
    refresh(row) {
      const isSameReceiver = row.url === url;
      target = targetOf(row, seals);
      ({ url } = row);
      ordered = row.ordered;
      intake.changeOrder(ordered);
      // Another receiver starts with a clean record.
      health = isSameReceiver ? endPause(health, row.failing_since?.getTime()) : initialHealth(rules);
      record.saw(row.failing_since?.getTime());
      refreshedAtMs = clock.now();
      intake.reopen();
      pump();
    },
    async stop() {
      stopped = true;
      record.stop();
      pauseTimer?.cancel();
      dueTimer?.cancel();
      if (inFlight > 0)
        await new Promise<void>((resolve) => {
          onStopped = resolve;
        });
      while (underWay.size > 0) await Promise.all(underWay);
      await looking;
    },
    get idleSinceMs() {
      return isQuiet() && intake.size === 0 ? idleSinceMs : undefined;
    },
    get remembersSinceMs() {
      return health.failures > 0 || intake.reopensAt !== undefined ? endedAtMs : undefined;
    },
  };
}

/** Their owner may have asked for it a moment ago, and the run not have heard of it yet. */
const wantOrder = (deliveries: readonly NewDelivery[]): boolean => deliveries.some(({ ordered }) => ordered);
