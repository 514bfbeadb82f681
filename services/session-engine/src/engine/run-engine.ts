/** An engine in motion: owns partitions, keeps time, and stops without losing what it has begun. */
import {
  type ContactAddresses,
  type ContactOfTenant,
  type EngineReport,
  type EraseContact,
  type HiddenContacts,
  internalRequests,
  type ShownNumbers,
  subjects,
} from '@wam/contracts';
import { answer, createRequester, type KV, type RequestHandler, serveRequests } from '@wam/service-kit/nats';
import { untilDone } from '../batching/until-done.ts';
import { within } from '../batching/within.ts';
import { relayMoved } from '../commands/relay-moved.ts';
import { createCheckContacts } from '../contacts/check-contacts.ts';
import { createKnownNumbers } from '../contacts/known-numbers.ts';
import { createLeaseKeeper } from '../ownership/lease-keeper.ts';
import type { DropReason, LeaseSettings } from '../ownership/lease-state.ts';
import { createPartitionFence, type FencedPartition } from '../ownership/partition-fence.ts';
import { createTenures } from '../ownership/tenures.ts';
import { createGetSessionQr } from '../qr/get-session-qr.ts';
import { createRequestPairingCode } from '../qr/request-pairing-code.ts';
import { partitionEpochs, partitionsOfPool, sessionsByStatus } from '../telemetry.ts';
import { createParts, type EngineResources } from './create-parts.ts';
import { type OwnerHandlers, type ServedPartition, servePartition } from './serve-partition.ts';

export interface RunningEngine {
  start(): Promise<void>;
  stop(): Promise<void>;
  health(): { ready: boolean; detail?: string };
}
export interface RunningEngineOptions extends Omit<EngineResources, 'stopping' | 'ownership' | 'partitionCount'> {
  /** Name of this process in its pool. */
  member: string;
  leases: { bucket: KV; createdAt: Date; settings: LeaseSettings };
  /** How long handing over may take at the end. */
  stopGraceMs: number;
  isDatabaseUp(): Promise<boolean>;
  stopping: AbortController;
}

const tickMs = 1_000;
const connectionCheckMs = 5_000;
const busAnswerMs = 2_000;
const forgetEveryMs = 3_600_000;
/** Finished messages answer repeats of their command, and retry requests of recipients, for so long. */
const rememberedForMs = 7 * 86_400_000;
const recordPatienceMs = 2_000;
const takeUpPatienceMs = 1_000;
/** A claim that the database does not know as the latest; the bucket will say so in a moment. */
const refusedClaimPauseMs = 1_000;

export function createRunningEngine(options: RunningEngineOptions): RunningEngine {
  const { isDatabaseUp, stopping, member, leases, stopGraceMs, ...resources } = options;
  const { clock, logger, nc, db, pool } = resources;
  const { partitionCount, ttlMs } = leases.settings;
  let databaseUp = true;
  let busUp = true;
  let state: 'starting' | 'running' | 'stopping' = 'starting';
  let timers: NodeJS.Timeout[] = [];
  const served = new Map<number, ServedPartition>();
  const beginning = new Map<number, Promise<void>>();
  const fence = createPartitionFence(db, { pool, member, bucketCreatedAt: leases.createdAt });

  const tenures = createTenures({
    partitionCount,
    mayAct: () => keeper.isValid(),
    onLost: ({ partition, revision }) => keeper.reject(partition, revision),
  });
  const parts = createParts({ ...resources, partitionCount, ownership: tenures, stopping: stopping.signal });
  const getSessionQr = createGetSessionQr(parts.sessions);
  const requester = createRequester(nc);
  const own: OwnerHandlers = {
    getSessionQr,
    getWhatsAppQr: getSessionQr,
    requestPairingCode: createRequestPairingCode(parts.sessions),
    checkContacts: createCheckContacts(parts.sessions, createKnownNumbers()),
  };
  const { sessions, registry } = parts;
  const handlers = relayMoved(own, { pool, partitionCount, sessions, registry, requester });
  const keeper = createLeaseKeeper({
    bucket: leases.bucket,
    pool,
    member,
    settings: leases.settings,
    clock,
    logger,
    onAcquired(partition, revision, released) {
      const begun = begin(partition, revision, released)
        .catch((error) => logger.error({ pool, partition, err: error }, 'a partition could not be taken up'))
        .finally(() => {
          if (beginning.get(partition) === begun) beginning.delete(partition);
        });
      beginning.set(partition, begun);
    },
    handOver,
    onDropped: drop,
  });

  async function begin(partition: number, revision: number, released: boolean): Promise<void> {
    const isMine = (): boolean => {
      const held = keeper.state().held.get(partition);
      return held?.revision === revision && held.phase === 'held';
    };
    const persist = (run: () => Promise<void>): Promise<boolean> =>
      untilDone(
        clock,
        stopping.signal,
        () => (isMine() ? run() : Promise.resolve()),
        (error) => logger.warn({ pool, partition, reason: String(error) }, 'a partition cannot be taken up yet'),
      );
    let fenced: FencedPartition | undefined;
    await persist(async () => {
      fenced = await fence({ partition, revision });
    });
    if (!isMine()) return;
    if (!fenced) {
      await clock.sleep(refusedClaimPauseMs, stopping.signal).catch(() => undefined);
      keeper.reject(partition, revision);
      return;
    }
    const { epoch, sessions } = fenced;
    const tenure = { partition, epoch, revision };
    tenures.begin(tenure);
    const onSuperseded = (): void => keeper.reject(partition, revision);
    const mine = servePartition({ pool, tenure, parts, handlers, nc, clock, logger, onSuperseded });
    served.set(partition, mine);
    await persist(() => mine.begin(sessions, released));
    logger.debug({ pool, partition, epoch, sessions: sessions.length }, 'partition taken up');
  }
  async function handOver(partition: number): Promise<void> {
    // What is being taken up stops at its next step.
    await within(clock, takeUpPatienceMs, beginning.get(partition) ?? Promise.resolve());
    const mine = served.get(partition);
    await mine?.handOver();
    // Dropped meanwhile, and perhaps taken up again.
    if (served.get(partition) !== mine) return;
    served.delete(partition);
    tenures.end(partition);
  }
  function drop(partition: number, reason: DropReason): void {
    const epoch = tenures.of(partition)?.epoch;
    tenures.end(partition);
    served.get(partition)?.drop();
    served.delete(partition);
    logger.warn({ pool, partition, epoch, reason }, 'partition lost');
  }

  const report = (): EngineReport => ({
    pool,
    member,
    leaseValid: keeper.isValid(),
    partitions: tenures.all().map(({ partition, epoch }) => {
      const sessions = parts.sessions.ofPartition(partition);
      const connected = sessions.filter((session) => session.openConnection() !== undefined).length;
      return { partition, epoch, sessions: sessions.length, connected };
    }),
  });
  /** Without a queue group: every engine answers for itself. */
  const reports = serveRequests(nc, {
    from: { subject: subjects.request('engine', internalRequests.engineReport) },
    handlers: { [internalRequests.engineReport]: () => answer(200, report()) },
    logger,
  });
  /** One of them answers for all: the tables are those of every pool. */
  const ofAllPools: Record<string, RequestHandler> = {
    [internalRequests.eraseContact]: async ({ body }) => answer(200, await parts.eraseContact(body as EraseContact)),
    [internalRequests.contactAddresses]: async ({ body }) =>
      answer(200, { addresses: await parts.findAddresses(body as ContactOfTenant) } satisfies ContactAddresses),
    [internalRequests.shownNumbers]: async ({ body }) =>
      answer(200, { numbers: await parts.findNumbers(body as HiddenContacts) } satisfies ShownNumbers),
  };
  const contacts = Object.keys(ofAllPools).map((operation) =>
    serveRequests(nc, {
      from: { subject: subjects.request('engine', operation), queue: 'engine' },
      handlers: ofAllPools,
      logger,
    }),
  );

  const repeat = (everyMs: number, run: () => Promise<void>): NodeJS.Timeout => {
    let running = false;
    return setInterval(() => {
      if (running) return;
      running = true;
      run()
        .catch((error) => logger.warn({ reason: String(error) }, 'periodic work failed'))
        .finally(() => {
          running = false;
        });
    }, everyMs);
  };
  async function checkConnections(): Promise<void> {
    databaseUp = await isDatabaseUp();
    let answered = false;
    const flushed = nc.flush().then(() => {
      answered = true;
    });
    await within(clock, busAnswerMs, flushed);
    busUp = answered;
  }

  const withdraw = [
    sessionsByStatus.observeFrom(function* () {
      for (const { state: current } of parts.sessions.all()) yield [{ pool, status: current().kind }, 1];
    }),
    partitionsOfPool.observeFrom(() => [[{ pool }, partitionCount]]),
    partitionEpochs.observeFrom(function* () {
      for (const { partition, epoch } of tenures.all()) yield [{ pool, partition: String(partition) }, epoch];
    }),
  ];

  return {
    async start() {
      timers = [
        repeat(tickMs, () => parts.tick()),
        repeat(connectionCheckMs, checkConnections),
        repeat(forgetEveryMs, async () => {
          await parts.store.forgetBefore(new Date(clock.now() - rememberedForMs), 10_000);
        }),
      ];
      await reports.start();
      for (const each of contacts) await each.start();
      keeper.start();
      // An owner that died is fenced after the TTL; then its partitions are here.
      await keeper.settled(ttlMs + 2_000);
      await Promise.all(beginning.values());
      if (state === 'starting') state = 'running';
    },
    async stop() {
      state = 'stopping';
      for (const each of withdraw) each();
      await keeper.leave(stopGraceMs, parts.sessions.partitions());
      for (const timer of timers) clearInterval(timer);
      keeper.stop();
      await within(clock, recordPatienceMs, reports.stop());
      await within(clock, recordPatienceMs, Promise.all(contacts.map((each) => each.stop())));
      requester.close();
      // What could not be handed over in time ends here, and the lease ends by itself.
      for (const runner of [...parts.sessions.all()]) void runner.stop();
      await within(clock, recordPatienceMs, parts.recorded());
      stopping.abort();
    },
    health() {
      if (state === 'stopping') return { ready: false, detail: 'stopping' };
      if (nc.isClosed()) return { ready: false, detail: 'NATS connection closed' };
      if (state === 'starting') return { ready: false, detail: 'starting' };
      if (!busUp) return { ready: false, detail: 'NATS does not answer' };
      if (!keeper.isValid()) return { ready: false, detail: 'the lease is not confirmed' };
      return databaseUp ? { ready: true } : { ready: false, detail: 'database does not answer' };
    },
  };
}
