/** The parts of a running engine and how they hang together. Connections are given; what runs is returned. */
import {
  type ContactOfTenant,
  type EraseContact,
  type HiddenContacts,
  type ServiceReply,
  subjects,
} from '@wam/contracts';
import { createCommandHandler, createJetStreamEventStore } from '@wam/event-store';
import { type Clock, type IdSource, instantOf, type Logger, type Random, type Sealer } from '@wam/service-kit';
import type { NatsConnection, Publisher } from '@wam/service-kit/nats';
import { openSocket } from '../baileys/open-socket.ts';
import { createKeyPairMaker } from '../baileys/pre-keys/create-key-pair-maker.ts';
import { preparePreKeys } from '../baileys/pre-keys/prepare-pre-keys.ts';
import { createSocketCaches } from '../baileys/socket-caches.ts';
import { createSocketWatch, type WatchTimes } from '../baileys/watch-sockets.ts';
import { createReceiveCommands, type ReceiveCommands } from '../commands/receive-commands.ts';
import { createSettleAddress, type FindAddresses, findAddresses, findNumbers } from '../contacts/lid-numbers.ts';
import { outboundContext, signalContext } from '../database/sealed-columns.ts';
import type { EngineDatabase } from '../database/tables.ts';
import { createAcceptSends } from '../message/accept-sends.ts';
import { createDropMessage } from '../message/drop-message.ts';
import { eraseContact } from '../message/erase-contact.ts';
import { createEventOutbox } from '../message/event-outbox.ts';
import { failed, isExpired, type OutboundMessage, type SendOutcome } from '../message/outbound-message.ts';
import { createOutboundStore, type MessageSealer } from '../message/outbound-store.ts';
import { createPendingReplies } from '../message/pending-replies.ts';
import { createPlaceStrays } from '../message/place-strays.ts';
import { createReceiveMessages } from '../message/receive-messages.ts';
import { createRecordReceipts } from '../message/record-receipts.ts';
import { createResendMessage } from '../message/resend-message.ts';
import { createSettleMessages } from '../message/settle-messages.ts';
import { createDeadlineWatch } from '../message/watch-deadlines.ts';
import type { OwnedSession, Ownership } from '../ownership/tenures.ts';
import { createLoginLimiter } from '../session/login-limiter.ts';
import { sessionDecider } from '../session/session-decider.ts';
import { createSessionRegistry } from '../session/session-registry.ts';
import { createSessions, type Sessions } from '../session/sessions.ts';
import { createPostgresSignalStorage } from '../signal-keys/postgres-signal-storage.ts';
import { createSignalState } from '../signal-keys/signal-state.ts';
import { decodeSignalValue } from '../signal-keys/signal-value-codec.ts';
import { createSignalWriter, type SignalSession, type SignalWriter } from '../signal-keys/signal-writer.ts';
import { messagesReceived, receiptsCame } from '../telemetry.ts';

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
  partitionCount: number;
  ownership: Ownership;
  /** Address of a session's socket. */
  urlFor(tenant: string): string;
  loginConcurrency: number;
  watchTimes: WatchTimes;
  stopping: AbortSignal;
}

/** Messages of one session in memory; the rest waits in the table. */
const laneCapacity = 64;

/** Everything here serves all partitions of the process; what is of one partition is in {@link servePartition}. */
export type EngineParts = ReturnType<typeof createParts>;

export function createParts(resources: EngineResources) {
  const { nc, publisher, db, sealer, clock, logger, pool, partitionCount, ownership, stopping } = resources;
  const reply = (replyTo: string, body: ServiceReply): void => {
    if (!nc.isClosed()) nc.publish(replyTo, JSON.stringify(body));
  };

  const signalStorage = createPostgresSignalStorage(db, pool);
  const sealing = ({ tenant, sessionId }: Omit<SignalSession, 'epoch'>, type: string, id: string) =>
    signalContext(tenant, sessionId, type, id);
  const signalWriter: SignalWriter = createSignalWriter({
    storage: signalStorage,
    seal: (session, type, id, plaintext) => sealer.seal(sealing(session, type, id), plaintext),
    // What a session that went to another pool still writes says nothing of the partition.
    onFenced: (session) => {
      if (sessions.get(session.sessionId)?.session.epoch === session.epoch) ownership.lost(session);
    },
    onError: (error) => logger.error({ reason: String(error) }, 'Signal state could not be written yet'),
  });
  const unsealSignal = (session: Omit<SignalSession, 'epoch'>, type: string, id: string, sealed: Buffer): Buffer =>
    sealer.open(sealing(session, type, id), sealed);
  const signalState = createSignalState({ storage: signalStorage, writer: signalWriter, unseal: unsealSignal });

  const registry = createSessionRegistry(db, { pool, partitionCount });
  const messageSealer: MessageSealer = {
    seal: (tenant, id, { to, text }) => sealer.seal(outboundContext(tenant, id), JSON.stringify({ to, text })),
    open: (tenant, id, sealed) => JSON.parse(sealer.open(outboundContext(tenant, id), sealed).toString()),
  };
  const store = createOutboundStore({ db, pool, partitionCount, sealer: messageSealer });
  const replies = createPendingReplies(clock, reply);
  const shared = { publisher, clock, logger, stopping };
  const receipts = createRecordReceipts({ ...shared, store });
  const settlements = createSettleMessages({
    ...shared,
    store,
    signalWriter,
    sealer,
    replies,
    ownership,
    ended: receipts.ended,
  });
  const settle = (owned: OwnedSession, message: OutboundMessage, outcome: SendOutcome): void =>
    settlements.add({ owned, message, outcome, at: instantOf(clock) });
  const receiving = createReceiveMessages({
    ...shared,
    store,
    outbox: createEventOutbox(db),
    signalWriter,
    sealer,
    ownership,
  });

  const cachesFor = createSocketCaches();
  const keyPairs = createKeyPairMaker();
  stopping.addEventListener('abort', () => void keyPairs.close());
  const watch = createSocketWatch(resources.watchTimes);
  const sessions: Sessions = createSessions(partitionCount, {
    registry,
    ownership,
    signalState,
    signalStorage,
    signalWriter,
    logins: createLoginLimiter(resources.loginConcurrency),
    clock,
    random: resources.random,
    logger,
    laneCapacity,
    pool,
    stopping,
    recoverReceived: receiving.recover,
    handler: createCommandHandler({
      store: createJetStreamEventStore({ nc, publisher }),
      decider: sessionDecider,
      subjectOf: ({ tenant, data }) => subjects.event('session', tenant, data.sessionId),
      remembered(subject) {
        const [tenant, sessionId] = subject.split('.').slice(-2);
        return registry.noted(tenant!, sessionId!);
      },
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
        receiptsCame(kind, waMessageIds.length);
        for (const waMessageId of waMessageIds) receipts.add({ kind, tenant, sessionId, waMessageId, at });
      },
      received(session, messages) {
        messagesReceived(messages.length);
        return receiving.take(session, messages);
      },
    },
  });

  async function recorded(): Promise<void> {
    await settlements.idle();
    // Receipts wait for the ends of their messages.
    await Promise.all([receipts.idle(), receiving.idle()]);
    await signalWriter.committed();
  }
  function dispatch(message: OutboundMessage, answerable: boolean): void {
    const { sessionId } = message;
    const epoch = ownership.epochOf(sessionId);
    // It lies in the table, where the new owner finds it.
    if (epoch === undefined) return;
    const runner = sessions.get(sessionId);
    if (!runner) void strays.place({ sessionId, epoch }, [message]);
    else if (runner.session.tenant !== message.tenant) settle({ sessionId, epoch }, message, failed('SESSION_DELETED'));
    else if (isExpired(message, clock.now())) settle(runner.session, message, failed('MESSAGE_EXPIRED'));
    else {
      receipts.accepted(message);
      runner.send(message, answerable);
    }
  }
  const strays = createPlaceStrays({ ...shared, pool, partitionCount, ids: resources.ids, registry, store, settle });
  const sends = createAcceptSends({
    ...shared,
    store,
    sealer,
    replies,
    settleAddress: createSettleAddress(signalState),
    dispatch,
    revisit: (sessionId) => sessions.get(sessionId)?.lane.expectBacklog(),
    deadLetter: (item, reason) => commands.deadLetter(item, reason),
  });
  const commands: ReceiveCommands = createReceiveCommands({
    pool,
    partitionCount,
    ownership,
    sessions,
    registry,
    ...shared,
    reply,
    sends,
    recorded,
    resend: createResendMessage({ store, sends, publisher, sealer, replies, clock }),
    drop: createDropMessage({ store, publisher, sealer, clock }),
  });
  const mappings: FindAddresses = {
    db,
    unseal: (session, type, id, sealed) => decodeSignalValue(unsealSignal(session, type, id, sealed)),
  };
  const failOverdue = createDeadlineWatch({ ownership, store, sessions, clock, settle });

  return {
    sessions,
    store,
    settle,
    signalWriter,
    commands,
    /** Every second. */
    async tick(): Promise<void> {
      replies.sweep();
      if (ownership.mayAct()) await failOverdue();
      for (const runner of sessions.all()) runner.sweep();
    },
    /** Everything decided so far is recorded. */
    recorded,
    strays,
    registry,
    eraseContact: (request: EraseContact) => eraseContact({ db, sealer: messageSealer }, request),
    findAddresses: (contact: ContactOfTenant) => findAddresses(mappings, contact),
    findNumbers: (contacts: HiddenContacts) => findNumbers(mappings, contacts),
  };
}
