/** The parts of a running engine and how they hang together. Connections are given; what runs is returned. */
import { type operations, type ServiceReply, streams, subjects } from '@wam/contracts';
import { createCommandHandler, createJetStreamEventStore } from '@wam/event-store';
import { type Clock, type IdSource, instantOf, type Logger, type Random, type Sealer } from '@wam/service-kit';
import {
  consumeWorkQueue,
  deleteConsumer,
  listConsumers,
  type NatsConnection,
  type Publisher,
  serveRequests,
  type WorkQueueConsumption,
} from '@wam/service-kit/nats';
import { openSocket } from '../baileys/open-socket.ts';
import { createKeyPairMaker } from '../baileys/pre-keys/create-key-pair-maker.ts';
import { preparePreKeys } from '../baileys/pre-keys/prepare-pre-keys.ts';
import { createSocketCaches } from '../baileys/socket-caches.ts';
import { createSocketWatch, type WatchTimes } from '../baileys/watch-sockets.ts';
import { createReceiveCommands, type ReceiveCommands } from '../commands/receive-commands.ts';
import { createCheckContacts } from '../contacts/check-contacts.ts';
import { createKnownNumbers } from '../contacts/known-numbers.ts';
import { outboundContext, signalContext } from '../database/sealed-columns.ts';
import type { EngineDatabase } from '../database/tables.ts';
import { createAcceptSends } from '../message/accept-sends.ts';
import { createEventOutbox } from '../message/event-outbox.ts';
import { failed, isExpired, type OutboundMessage, type SendOutcome } from '../message/outbound-message.ts';
import { createOutboundStore } from '../message/outbound-store.ts';
import { createPendingReplies } from '../message/pending-replies.ts';
import { createReceiveMessages } from '../message/receive-messages.ts';
import { createRecordReceipts } from '../message/record-receipts.ts';
import { createResendMessage } from '../message/resend-message.ts';
import { createSettleMessages } from '../message/settle-messages.ts';
import { createDeadlineWatch } from '../message/watch-deadlines.ts';
import { consumerOfEpoch, supersededConsumers } from '../ownership/claim-pool.ts';
import { createGetSessionQr } from '../qr/get-session-qr.ts';
import { createRequestPairingCode } from '../qr/request-pairing-code.ts';
import { createLoginLimiter } from '../session/login-limiter.ts';
import { sessionDecider } from '../session/session-decider.ts';
import { createSessionRegistry } from '../session/session-registry.ts';
import { createSessions, type Sessions } from '../session/sessions.ts';
import { createPostgresSignalStorage } from '../signal-keys/postgres-signal-storage.ts';
import { createSignalState } from '../signal-keys/signal-state.ts';
import { createSignalWriter, type SignalSession, type SignalWriter } from '../signal-keys/signal-writer.ts';

export interface EngineResources {
  nc: NatsConnection;
  publisher: Publisher;
  db: EngineDatabase;
  sealer: Sealer;
  clock: Clock;
  ids: IdSource;
  random: Random;
  logger: Logger;
  pool: string;
  epoch: number;
  /** Address of a session's socket. */
  urlFor(tenant: string): string;
  loginConcurrency: number;
  watchTimes: WatchTimes;
  stopping: AbortSignal;
  onFenced(): void;
}

type OwnerOperation = Extract<(typeof operations)[keyof typeof operations], { route: { via: 'owner' } }>['id'];

/** Messages of one session in memory; the rest waits in the table. */
const laneCapacity = 64;

export function createParts(resources: EngineResources) {
  const { nc, publisher, db, sealer, clock, logger, pool, epoch, stopping } = resources;
  const reply = (replyTo: string, body: ServiceReply): void => {
    if (!nc.isClosed()) nc.publish(replyTo, JSON.stringify(body));
  };

  const signalStorage = createPostgresSignalStorage(db);
  const sealing = ({ tenant, sessionId }: SignalSession, type: string, id: string) =>
    signalContext(tenant, sessionId, type, id);
  const signalWriter: SignalWriter = createSignalWriter({
    storage: signalStorage,
    seal: (session, type, id, plaintext) => sealer.seal(sealing(session, type, id), plaintext),
    onFenced: (sessionId) => sessions.fence(sessionId),
    onError: (error) => logger.error({ reason: String(error) }, 'Signal state could not be written yet'),
  });
  const signalState = createSignalState({
    storage: signalStorage,
    writer: signalWriter,
    unseal: (session, type, id, sealed) => sealer.open(sealing(session, type, id), sealed),
  });

  const registry = createSessionRegistry(db);
  const store = createOutboundStore(db, pool, {
    seal: (tenant, id, { to, text }) => sealer.seal(outboundContext(tenant, id), JSON.stringify({ to, text })),
    open: (tenant, id, sealed) => JSON.parse(sealer.open(outboundContext(tenant, id), sealed).toString()),
  });
  const replies = createPendingReplies(clock, reply);
  const shared = { publisher, clock, logger, stopping };
  const settlements = createSettleMessages({
    ...shared,
    store,
    signalWriter,
    sealer,
    replies,
    isFenced: (sessionId) => sessions.isFenced(sessionId),
  });
  const settle = (message: OutboundMessage, outcome: SendOutcome): void =>
    settlements.add({ message, outcome, at: instantOf(clock) });
  const receipts = createRecordReceipts({ ...shared, store });
  const receiving = createReceiveMessages({
    ...shared,
    store,
    outbox: createEventOutbox(db),
    signalWriter,
    sealer,
    isFenced: (sessionId) => sessions.isFenced(sessionId),
  });

  const cachesFor = createSocketCaches();
  const keyPairs = createKeyPairMaker();
  stopping.addEventListener('abort', () => void keyPairs.close());
  const watch = createSocketWatch(resources.watchTimes);
  const sessions: Sessions = createSessions(
    epoch,
    {
      registry,
      signalState,
      signalStorage,
      signalWriter,
      logins: createLoginLimiter(resources.loginConcurrency),
      clock,
      random: resources.random,
      logger,
      laneCapacity,
      stopping,
      recoverReceived: receiving.recover,
      handler: createCommandHandler({
        store: createJetStreamEventStore({ nc, publisher }),
        decider: sessionDecider,
        subjectOf: ({ tenant, data }) => subjects.event('session', tenant, data.sessionId),
        clock,
        ids: resources.ids,
        random: resources.random,
      }),
      prepare: (keys, credentials) => preparePreKeys(credentials, keys, keyPairs),
      open: ({ session, keys, credentials, listener }) =>
        openSocket({
          url: resources.urlFor(session.tenant),
          keys,
          credentials,
          listener,
          watch,
          caches: cachesFor(`${session.sessionId}:${session.epoch}`),
          sentText: (waMessageId) => store.sentText(session.sessionId, waMessageId),
        }),
      traffic: {
        settle,
        loadWaiting: store.waiting,
        receipts({ tenant, sessionId }, kind, waMessageIds) {
          const at = instantOf(clock);
          for (const waMessageId of waMessageIds) receipts.batcher.add({ kind, tenant, sessionId, waMessageId, at });
        },
        received: receiving.take,
      },
    },
    resources.onFenced,
  );

  function dispatch(message: OutboundMessage, answerable: boolean): void {
    const runner = sessions.get(message.sessionId);
    if (!runner || runner.session.tenant !== message.tenant) settle(message, failed('SESSION_DELETED'));
    else if (isExpired(message, clock.now())) settle(message, failed('MESSAGE_EXPIRED'));
    else {
      receipts.remember(message.sessionId, message.waMessageId, message.messageId);
      runner.send(message, answerable);
    }
  }
  const sends = createAcceptSends({
    ...shared,
    store,
    sealer,
    replies,
    dispatch,
    revisit: (sessionId) => sessions.get(sessionId)?.lane.expectBacklog(),
    deadLetter: (item, reason) => commands.deadLetter(item, reason),
  });
  const commands: ReceiveCommands = createReceiveCommands({
    pool,
    sessions,
    registry,
    publisher,
    reply,
    logger,
    sends,
    resend: createResendMessage({ store, sends, publisher, sealer, replies, clock }),
  });

  const getSessionQr = createGetSessionQr(sessions);
  const failOverdue = createDeadlineWatch({ pool, store, sessions, clock, settle });

  return {
    sessions,
    store,
    signalWriter,
    /** Every second. */
    async tick(): Promise<void> {
      replies.sweep();
      await failOverdue();
      for (const { lane } of sessions.all()) lane.sweep(clock.now());
    },
    /** Takes up what the last owner left: sessions that were connected, messages that wait. */
    async recover(): Promise<void> {
      const registered = await registry.ofPool(pool);
      for (const { sessionId, tenant, status } of registered) {
        const runner = sessions.ensure(sessionId, tenant);
        if (status !== 'disconnected' && status !== 'error') runner.resume();
      }
      for (const sessionId of await store.sessionsWithWaiting(pool)) {
        const runner = sessions.get(sessionId);
        if (runner) runner.lane.expectBacklog();
        else for (const message of await store.waiting(sessionId, 0, 1_000)) settle(message, failed('SESSION_DELETED'));
      }
    },
    async consume(): Promise<WorkQueueConsumption> {
      const stream = streams.commands.name;
      for (const superseded of supersededConsumers(await listConsumers(nc, stream), pool, epoch)) {
        await deleteConsumer(nc, stream, superseded);
      }
      return consumeWorkQueue(nc, {
        stream,
        durable: consumerOfEpoch(pool, epoch),
        filter: subjects.commandsOfPool(pool),
        // Poison is recognised by its form and by our own count; the database being away is neither.
        maxDeliver: 1_000,
        onMessage: commands.onMessage,
        logger,
      });
    },
    ownerRequests: serveRequests(nc, {
      from: { subject: subjects.ownerRequestsOfPool(pool) },
      handlers: {
        getSessionQr,
        getWhatsAppQr: getSessionQr,
        requestPairingCode: createRequestPairingCode(sessions),
        checkContacts: createCheckContacts(sessions, createKnownNumbers()),
      } satisfies Record<OwnerOperation, unknown>,
      logger,
      // Each may wait 10 s for a code.
      maxConcurrent: 1_000,
    }),
    commandsIdle: () => commands.idle(),
    /** Everything decided so far is recorded. */
    async recorded(): Promise<void> {
      await Promise.all([settlements.idle(), receipts.batcher.idle(), receiving.idle()]);
      await signalWriter.committed();
    },
  };
}
