/** One partition as this process serves it: its sessions, its commands, its requests. */
import { type operations, streams, subjects } from '@wam/contracts';
import type { Clock, Logger } from '@wam/service-kit';
import {
  ConsumerConflict,
  consumeWorkQueue,
  deleteConsumer,
  listConsumers,
  type NatsConnection,
  type RequestHandler,
  serveRequests,
  type WorkQueueConsumption,
} from '@wam/service-kit/nats';
import { within } from '../batching/within.ts';
import { consumerOfEpoch, supersededConsumers } from '../ownership/command-consumers.ts';
import type { RegisteredSession } from '../ownership/partition-fence.ts';
import type { Tenure } from '../ownership/tenures.ts';
import type { EngineParts } from './create-parts.ts';

type OwnerOperation = Extract<(typeof operations)[keyof typeof operations], { route: { via: 'owner' } }>['id'];
export type OwnerHandlers = Readonly<Record<OwnerOperation, RequestHandler>>;

export interface ServedPartition {
  /**
   * Takes up what the last owner left and begins to take commands. Safe to repeat when it failed.
   * `released`: the last owner served it until now.
   */
  begin(sessions: readonly RegisteredSession[], released: boolean): Promise<void>;
  /** Ends in good order: what was begun is recorded, devices stay linked. */
  handOver(): Promise<void>;
  /** Goes quiet at once: what was begun is somebody else's. */
  drop(): void;
}
export interface ServePartitionOptions {
  pool: string;
  tenure: Tenure;
  parts: EngineParts;
  handlers: OwnerHandlers;
  nc: NatsConnection;
  clock: Clock;
  logger: Logger;
  /** A later owner deleted the consumer. */
  onSuperseded(): void;
}

const stream = streams.commands.name;
/** For the acknowledgements of what was written, and for recording them. */
const acknowledgementPatienceMs = 1_000;
const recordPatienceMs = 2_000;
/** A line whose other end is silent is torn down before. */
const closePatienceMs = 1_000;

export function servePartition(options: ServePartitionOptions): ServedPartition {
  const { pool, tenure, parts, nc, clock, logger } = options;
  const { partition, epoch } = tenure;
  const { sessions, store } = parts;
  let over = false;
  let consumption: WorkQueueConsumption | undefined;
  const requests = serveRequests(nc, {
    from: { subject: subjects.ownerRequest(pool, partition) },
    handlers: options.handlers,
    logger,
    // Each may wait 10 s for a code.
    maxConcurrent: 1_000,
  });
  let answering = false;

  function logIn(registered: readonly RegisteredSession[], released: boolean): void {
    for (const { sessionId, tenant, status, ...login } of registered) {
      const runner = sessions.ensure(sessionId, tenant);
      if (status !== 'disconnected' && status !== 'error') runner?.resume({ login, released });
    }
  }
  async function takeUpMessages(): Promise<void> {
    for (const sessionId of await store.sessionsWithWaiting(partition)) {
      if (over) return;
      const runner = sessions.get(sessionId);
      if (runner) runner.lane.expectBacklog();
      else await parts.strays.place({ sessionId, epoch }, await store.waiting(sessionId, 0, 1_000));
    }
  }
  const consume = (): Promise<WorkQueueConsumption> =>
    consumeWorkQueue(nc, {
      stream,
      durable: consumerOfEpoch(pool, partition, epoch),
      filter: subjects.commandsOfPartition(pool, partition),
      // Poison is recognised by its form and by our own count; the database being away is neither.
      maxDeliver: 1_000,
      onMessage: (item) => {
        // Unacknowledged, so it comes to the next owner.
        if (!over) parts.commands.onMessage(item);
      },
      logger,
    });
  async function consumeAlone(): Promise<WorkQueueConsumption> {
    try {
      return await consume();
    } catch (error) {
      if (!(error instanceof ConsumerConflict)) throw error;
      // An owner in between that died before it had a consumer of its own, or another release of this software.
      for (const name of supersededConsumers(await listConsumers(nc, stream), pool, partition, epoch))
        await deleteConsumer(nc, stream, name);
      return consume();
    }
  }
  function stopTaking(): void {
    over = true;
    consumption?.stop().catch((error) => logger.debug({ reason: String(error) }, 'consumption did not end'));
    // Whoever waits for a code in it does not hold anything up.
    if (answering) requests.stop().catch((error) => logger.debug({ reason: String(error) }, 'requests did not end'));
  }

  return {
    async begin(registered, released) {
      // What takes longest goes first. Nothing is sent that was not taken up, below.
      logIn(registered, released);
      // Before that: from here on nothing that the last owner acknowledges counts, so that the table has what it took and the bus the rest.
      await deleteConsumer(nc, stream, consumerOfEpoch(pool, partition, epoch - 1));
      if (over) return;
      await takeUpMessages();
      if (over) return;
      if (!answering) {
        answering = true;
        await requests.start();
      }
      consumption = await consumeAlone();
      if (over) stopTaking();
      consumption.ended.then(
        (how) => {
          if (how === 'deleted' && !over) options.onSuperseded();
        },
        () => undefined,
      );
    },
    async handOver() {
      stopTaking();
      await within(
        clock,
        acknowledgementPatienceMs,
        Promise.all(sessions.ofPartition(partition).map(({ lane }) => lane.stop())),
      );
      const closed = Promise.all(sessions.ofPartition(partition).map((runner) => runner.stop()));
      await within(clock, recordPatienceMs, parts.recorded());
      // WhatsApp must have seen the end of the old connection before the next owner can log in.
      await within(clock, closePatienceMs, closed);
      sessions.removePartition(partition);
    },
    drop() {
      stopTaking();
      for (const { session } of sessions.ofPartition(partition)) parts.signalWriter.discard(session.sessionId);
      sessions.removePartition(partition);
    },
  };
}
