/**
 * Follows the event log into deliveries. Every process reads; a batch is written by whoever locks the checkpoint first, and the others find it
 * done. So there is no leader to elect, and no pause when a process dies. Deliveries and checkpoint are one transaction: an event is neither
 * lost nor told twice.
 */
import { type EntitlementsReply, type RejectionBody, streams } from '@wam/contracts';
import { advanceCheckpoint, CheckpointDiverged, initialiseCheckpoint, verifyCheckpoint } from '@wam/event-store';
import { type Clock, defineService, type Logger, type Service } from '@wam/service-kit';
import {
  consumeEvents,
  type EventConsumption,
  isStreamNotFound,
  LogDiverged,
  LogTrimmed,
  type NatsConnection,
  type StoredEvent,
  streamState,
} from '@wam/service-kit/nats';
import { inTransaction, type Kysely } from '@wam/service-kit/postgres';
import type { NewDelivery } from '../delivery/delivery-table.ts';
import type { WebhooksTables } from '../storage/schema.ts';
import { disableWebhooks, enableAfterPlanChange } from '../webhook/disable-webhook.ts';
import { type FanOutDeps, fanOutEvents } from './fan-out-events.ts';

export interface EventFollowerDeps extends FanOutDeps {
  db: Kysely<WebhooksTables>;
  nc: NatsConnection;
  clock: Clock;
  logger: Logger;
  readEntitlements: (tenant: string) => Promise<EntitlementsReply | RejectionBody>;
  /** This process has put these there. */
  onDeliveries: (deliveries: readonly NewDelivery[]) => void;
  /** Another process has fanned out events of these accounts. */
  onOthers: (tenants: readonly string[]) => void;
}

export const checkpointName = 'webhooks';
const retryMs = 500;
const maxBatch = 500;
/** Under load, fewer and larger transactions; the first event after a quiet time goes at once. */
const paceMs = 20;

const isFinal = (error: unknown): boolean =>
  [LogDiverged, LogTrimmed, CheckpointDiverged].some((type) => error instanceof type);

type State = { kind: 'starting' | 'following' | 'stopped' } | { kind: 'failing' | 'halted'; detail: string };

export function createEventFollower(deps: EventFollowerDeps): Service {
  const { db, nc, clock, logger } = deps;
  const stopping = new AbortController();
  let consumption: EventConsumption | undefined;
  let running: Promise<void> = Promise.resolve();
  let state: State = { kind: 'starting' };

  async function follow(): Promise<void> {
    const log = await streamState(nc, streams.events.name);
    // From the beginning: sessions are made of their events.
    const checkpoint = await initialiseCheckpoint(db, checkpointName, {
      incarnation: log.incarnation,
      seq: Math.max(0, log.firstSeq - 1),
    });
    // Asked again: another process may have moved the checkpoint beyond what was the end.
    verifyCheckpoint(checkpointName, checkpoint, await streamState(nc, streams.events.name));
    if (stopping.signal.aborted) return;
    consumption = consumeEvents(nc, {
      fromSeq: checkpoint.seq + 1,
      incarnation: checkpoint.incarnation,
      onBatch: (batch) => apply(batch, checkpoint.incarnation),
      maxBatch,
      paceMs,
      logger,
    });
    state = { kind: 'following' };
    await consumption.done;
  }

  async function apply(batch: readonly StoredEvent[], incarnation: string): Promise<void> {
    const toSeq = batch.at(-1)?.seq ?? 0;
    const plans = await readChangedPlans(batch);
    const told = await inTransaction(db, async (trx) => {
      const { seq: fromSeq } = await trx
        .selectFrom('checkpoint')
        .select('seq')
        .where('name', '=', checkpointName)
        .forUpdate()
        .executeTakeFirstOrThrow();
      if (fromSeq >= toSeq) return undefined;
      const deliveries = await fanOutEvents(
        trx,
        batch.filter(({ seq }) => seq > fromSeq),
        deps,
      );
      for (const [tenant, hasWebhooks] of plans) {
        if (hasWebhooks) await enableAfterPlanChange(trx, tenant, deps);
        else await disableWebhooks(trx, { tenant }, 'plan', deps);
      }
      const moved = await advanceCheckpoint(trx, checkpointName, { incarnation, fromSeq, toSeq });
      if (moved !== 'ok') throw new CheckpointDiverged(checkpointName, `cannot be moved: ${moved}`);
      return deliveries;
    });
    if (told === undefined) deps.onOthers([...new Set(batch.map(({ event }) => event.tenant))]);
    else if (told.length > 0) deps.onDeliveries(told);
  }

  /** Of accounts with webhooks: whether the plan they have now includes them. @throws Error when auth does not answer: the batch is tried again */
  async function readChangedPlans(batch: readonly StoredEvent[]): Promise<Map<string, boolean>> {
    const plans = new Map<string, boolean>();
    for (const { event } of batch) {
      if (event.type !== 'PlanChanged' || plans.has(event.tenant)) continue;
      const any = await db.selectFrom('webhook').select('id').where('tenant', '=', event.tenant).executeTakeFirst();
      if (any === undefined) continue;
      const entitlements = await deps.readEntitlements(event.tenant);
      if (!('code' in entitlements)) plans.set(event.tenant, entitlements.features.includes('webhooks'));
      else if (entitlements.code !== 'ACCOUNT_NOT_FOUND') throw new Error(`auth: ${entitlements.code}`);
    }
    return plans;
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await follow();
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        if (isFinal(error)) {
          state = { kind: 'halted', detail };
          logger.fatal({ err: error }, 'webhooks are told nothing any more: this is another event log');
          return;
        }
        state = { kind: 'failing', detail };
        // Before the first start of the platform there is no log yet.
        if (!isStreamNotFound(error)) logger.error({ err: error, retryMs }, 'event log not followed; trying again');
      } finally {
        consumption = undefined;
      }
      await clock.sleep(retryMs, stopping.signal).catch(() => undefined);
    }
  }

  return defineService({
    name: 'webhook follower',
    async start() {
      // Ends with `stop`; failures are its state.
      running = run();
    },
    async stop() {
      stopping.abort();
      await consumption?.stop();
      await running;
      state = { kind: 'stopped' };
    },
    health() {
      if (state.kind === 'following') return { ready: true, detail: state.kind };
      return { ready: false, detail: 'detail' in state ? `${state.kind}: ${state.detail}` : state.kind };
    },
  });
}
