/** Takes webhooks with something due, delivers to them while it holds their leases, and lets go of those that are quiet. */
import {
  type Clock,
  defineService,
  type Logger,
  type Random,
  SealError,
  type Service,
  systemClock,
} from '@wam/service-kit';
import { inTransaction, type Kysely } from '@wam/service-kit/postgres';
import type { StartAttempt } from '../network/send-attempt.ts';
import type { WebhooksTables } from '../storage/schema.ts';
import { openBreakers } from '../telemetry.ts';
import { disableWebhooks } from '../webhook/disable-webhook.ts';
import type { WebhookSeals } from '../webhook/webhook-seals.ts';
import type { WebhookRow } from '../webhook/webhook-table.ts';
import type { NewDelivery } from './delivery-table.ts';
import { claimWebhooks, releaseLeases, renewLeases } from './lease-table.ts';
import { defaultHealthRules, type HealthRules } from './receiver-health.ts';
import { createResultWriter } from './result-writer.ts';
import { createSlots } from './slots.ts';
import type { Unwritten } from './unwritten.ts';
import { createWebhookRun, type WebhookRun } from './webhook-run.ts';

export interface DelivererDeps {
  db: Kysely<WebhooksTables>;
  seals: WebhookSeals;
  startAttempt: StartAttempt;
  /** Ends connections under way, so that attempts end too. */
  cutOff: () => Promise<void>;
  rules: HealthRules;
  perAccount: number;
  clock: Clock;
  random: Random;
  newId: () => string;
  /** Name of this process among those that deliver. */
  owner: string;
  /** How long webhooks stand still after this process was killed. */
  leaseMs: number;
  logger: Logger;
}
export interface Deliverer extends Service {
  /** Attempts before their rows are written what it can attempt at once. @returns the others */
  attemptUnwritten(deliveries: readonly NewDelivery[], unwritten: Unwritten): readonly NewDelivery[];
  /** The receivers of these take so long that rows are written first. */
  slowDown(webhookIds: readonly string[]): void;
  /** These were just committed by this process. Webhooks that it serves need not read them back. */
  handOver(deliveries: readonly NewDelivery[]): void;
  /** Their owners have changed these. */
  refresh(webhookIds: readonly string[]): void;
  /** Somebody may have put something there for webhooks of these accounts. */
  wakeAccounts(tenants: readonly string[]): void;
}

interface Lease {
  run: WebhookRun;
  row: WebhookRow;
  /** By this process's own monotonic clock. */
  leasedUntilMs: number;
  /** Grows when it had run out before it was renewed. */
  tenure: number;
}

const sweepIntervalMs = 1_000;
/** Kept a little longer than the next event of a busy account takes to come. */
const idleReleaseMs = 5_000;
/** As long as the longest pause: what it remembers is worth no more then. One that stays down would keep its place for ever. */
const rememberMs = defaultHealthRules.maxPauseMs;
const stopGraceMs = 2_000;
/** Webhooks of one process at once; the next process takes the rest. */
const maxRuns = 2_000;
const maxInFlight = 1_024;
/** Bodies that wait in memory; what comes when there are so many is read back from the table when its turn comes. */
const maxBytesInHand = 64 * 1024 * 1024;
/** Of a lease: when it is renewed, and when it counts as lost although the database may still have it. */
const renewAfter = 0.25;
const lostAfter = 0.75;

export function createDeliverer(deps: DelivererDeps): Deliverer {
  const { db, seals, startAttempt, rules, clock, random, owner, leaseMs, logger } = deps;
  const writer = createResultWriter({ db, clock, logger });
  const slots = createSlots({ perTenant: deps.perAccount, inAll: maxInFlight });
  const runs = new Map<string, Lease>();
  const stopping = new AbortController();
  /** Those that were let go of and have attempts under way. */
  const leaving = new Set<Promise<void>>();
  const wanted = new Set<string>();
  let claiming: Promise<void> | undefined;
  let running: Promise<unknown> = Promise.resolve();
  let failure: string | undefined;
  let withdraw = (): void => {};

  // Leases are about processes that live: their time is real even where a spec turns the clock.
  const leaseEnd = (askedAtMs: number) => askedAtMs + leaseMs * lostAfter;
  /** @returns whether it had run out meanwhile */
  function extend(lease: Lease, askedAtMs: number): boolean {
    const hadLapsed = systemClock.monotonicMs() >= lease.leasedUntilMs;
    if (hadLapsed) lease.tenure++;
    lease.leasedUntilMs = leaseEnd(askedAtMs);
    return hadLapsed;
  }

  async function claim(only?: readonly string[]): Promise<void> {
    const limit = maxRuns - runs.size;
    if (limit <= 0) return;
    const askedAtMs = systemClock.monotonicMs();
    const rows = await claimWebhooks(db, {
      owner,
      leaseMs,
      now: new Date(clock.now()),
      limit,
      ...(only === undefined ? {} : { only }),
    });
    for (const row of rows) {
      // Its lease ran out and nobody else has come: it goes on.
      const known = runs.get(row.id);
      if (known !== undefined) {
        extend(known, askedAtMs);
        known.run.wake();
      } else start(row, leaseEnd(askedAtMs));
    }
  }

  function start(row: WebhookRow, leasedUntilMs: number): void {
    const entry = { row, leasedUntilMs, tenure: 1 } as Lease;
    // One that cannot be opened stands still by itself; it is looked at again when its lease has run out.
    const run = opened(row, () =>
      createWebhookRun(row, {
        db,
        seals,
        startAttempt,
        writer,
        slots,
        rules,
        clock,
        random,
        logger,
        tenure: () =>
          systemClock.monotonicMs() < entry.leasedUntilMs && !stopping.signal.aborted ? entry.tenure : undefined,
        async onFailing(id, since) {
          const own = db.updateTable('webhook').where('id', '=', id).where('leased_by', '=', owner);
          await own.set({ failing_since: since }).execute();
        },
        async onDisable({ id, url }, reason) {
          const now = () => new Date(clock.now());
          try {
            const disabled = await inTransaction(db, (trx) =>
              disableWebhooks(trx, { id, url, leasedBy: owner }, reason, { now, newId: deps.newId }),
            );
            if (disabled > 0) logger.warn({ webhookId: id, tenant: row.tenant, reason }, 'webhook disabled');
            const present = db.selectFrom('webhook').select('url').where('id', '=', id);
            return disabled > 0 || (await present.executeTakeFirst())?.url === url;
          } finally {
            // What could not be written, or is not so any more, is found out by the next run.
            drop([id]);
          }
        },
      }),
    );
    if (run === undefined) return;
    entry.run = run;
    runs.set(row.id, entry);
  }

  function opened<T>({ id, tenant }: WebhookRow, open: () => T): T | undefined {
    try {
      return open();
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      logger.error(
        { err: error, webhookId: id, tenant },
        'the secrets of a webhook cannot be opened: nothing is sent to it',
      );
      return undefined;
    }
  }

  /**
   * Lets go of them. They end by themselves: attempts are bounded, and their results are recorded whoever comes first. The lease is kept meanwhile, as
   * long as it lasts: who resumes a webhook does not want a second attempt beside the one under way.
   */
  function drop(ids: readonly string[]): void {
    for (const id of ids) {
      const dropped = runs.get(id);
      if (dropped === undefined) continue;
      runs.delete(id);
      const left = leave(id, dropped.run).finally(() => leaving.delete(left));
      leaving.add(left);
    }
  }

  async function leave(id: string, run: WebhookRun): Promise<void> {
    await run.stop();
    // Its lease may have run out meanwhile, and this process have taken it anew.
    if (runs.has(id)) return;
    await releaseLeases(db, owner, [id]).catch((error: unknown) =>
      logger.warn({ err: error, webhookId: id }, 'lease not released; it will run out'),
    );
  }

  async function renew(ids: readonly string[] = [...runs.keys()]): Promise<void> {
    if (ids.length === 0) return;
    const askedAtMs = systemClock.monotonicMs();
    const { renewed, lost } = await renewLeases(db, { owner, leaseMs }, ids);
    for (const row of renewed) {
      const entry = runs.get(row.id);
      if (entry === undefined) continue;
      // What fell due meanwhile was passed over.
      if (extend(entry, askedAtMs)) entry.run.wake();
      if (row.revision !== entry.row.revision) {
        entry.row = row;
        opened(row, () => entry.run.refresh(row));
      }
    }
    drop(lost);
  }

  async function releaseIdle(): Promise<void> {
    const nowMs = clock.monotonicMs();
    const mayGo = ({ idleSinceMs, remembersSinceMs }: WebhookRun): boolean => {
      if (idleSinceMs === undefined) return false;
      return remembersSinceMs === undefined
        ? nowMs - idleSinceMs >= idleReleaseMs
        : nowMs - remembersSinceMs >= rememberMs;
    };
    const idle = [...runs].filter(([, { run }]) => mayGo(run));
    for (const [id, { run }] of idle) {
      runs.delete(id);
      await run.stop();
    }
    if (idle.length > 0)
      await releaseLeases(
        db,
        owner,
        idle.map(([id]) => id),
      );
  }

  async function sweep(): Promise<void> {
    await claim();
    await releaseIdle();
  }

  function every(intervalMs: number, what: string, work: () => Promise<void>, on: Clock): Promise<void> {
    return (async () => {
      while (!stopping.signal.aborted) {
        await work().then(
          () => {
            failure = undefined;
          },
          (error: unknown) => {
            failure = `${what}: ${error instanceof Error ? error.message : error}`;
            logger.error({ err: error }, `${what} failed; trying again`);
          },
        );
        await on.sleep(intervalMs, stopping.signal).catch(() => undefined);
      }
    })();
  }

  /** One statement at a time; who is woken meanwhile goes with the next. */
  function claimSoon(): void {
    if (wanted.size === 0 || stopping.signal.aborted) return;
    claiming ??= (async () => {
      const only = [...wanted];
      wanted.clear();
      await claim(only).catch((error: unknown) => logger.warn({ err: error }, 'webhooks not claimed; the sweep will'));
      claiming = undefined;
      claimSoon();
    })();
  }

  const service = defineService({
    name: 'webhook deliverer',
    async start() {
      withdraw = openBreakers.observeFrom(() => [
        [{}, [...runs.values()].filter(({ run }) => run.isPausedByBreaker).length],
      ]);
      running = Promise.all([
        every(sweepIntervalMs, 'looking for webhooks with something due, and for quiet ones', sweep, clock),
        every(leaseMs * renewAfter, 'renewing leases', () => renew(), systemClock),
      ]);
    },
    async stop() {
      stopping.abort();
      withdraw();
      await running;
      await claiming;
      const stopped = Promise.all([...[...runs.values()].map(({ run }) => run.stop()), ...leaving]);
      const late = systemClock.setTimeout(() => void deps.cutOff(), stopGraceMs);
      await stopped;
      late.cancel();
      await deps.cutOff();
      await writer.flush(stopGraceMs);
      await releaseLeases(db, owner, [...runs.keys()]).catch(() => undefined);
    },
    health: () => (failure === undefined ? { ready: true } : { ready: false, detail: failure }),
  });
  function wake(webhookIds: readonly string[]): void {
    for (const id of webhookIds) {
      const entry = runs.get(id);
      if (entry === undefined) wanted.add(id);
      else entry.run.wake();
    }
    claimSoon();
  }
  const bytesOf = (deliveries: readonly NewDelivery[]): number =>
    deliveries.reduce((bytes, { event }) => bytes + event.body.length, 0);
  const roomInHand = (): number =>
    maxBytesInHand - [...runs.values()].reduce((bytes, { run }) => bytes + run.bytesInHand, 0);
  function handOver(deliveries: readonly NewDelivery[]): void {
    let room = roomInHand();
    for (const [webhookId, own] of Map.groupBy(deliveries, (delivery) => delivery.webhookId)) {
      const run = runs.get(webhookId)?.run;
      room -= bytesOf(own);
      if (run === undefined || room < 0) wake([webhookId]);
      else run.offer(own);
    }
  }
  function attemptUnwritten(deliveries: readonly NewDelivery[], unwritten: Unwritten): readonly NewDelivery[] {
    let room = roomInHand();
    const others = new Set<string>();
    for (const [webhookId, own] of Map.groupBy(deliveries, (delivery) => delivery.webhookId)) {
      const run = runs.get(webhookId)?.run;
      room -= bytesOf(own);
      if (run === undefined || room < 0 || !run.accept(own, unwritten)) others.add(webhookId);
    }
    return others.size === 0 ? [] : deliveries.filter(({ webhookId }) => others.has(webhookId));
  }
  return {
    ...service,
    [Symbol.asyncDispose]: service.stop,
    handOver,
    attemptUnwritten,
    slowDown(webhookIds) {
      for (const id of webhookIds) runs.get(id)?.run.slowDown();
    },
    refresh(webhookIds) {
      const own = webhookIds.filter((id) => runs.has(id));
      renew(own).then(
        () => wake(webhookIds),
        (error: unknown) => logger.warn({ err: error }, 'webhooks not looked at again; the renewal of leases will'),
      );
    },
    wakeAccounts(tenants) {
      const all = new Set(tenants);
      for (const { run, row } of runs.values()) if (all.has(row.tenant)) run.wake();
    },
  };
}
