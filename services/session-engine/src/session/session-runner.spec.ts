import { subjects } from '@wam/contracts';
import { createCommandHandler, createMemoryEventStore } from '@wam/event-store';
import { createSeededRandom, createSilentLogger, systemIds, VirtualClock } from '@wam/service-kit';
import { expect, it } from 'vitest';
import type { ConnectionListener, WhatsAppConnection } from '../connection/whatsapp-connection.ts';
import type { SignalKeys } from '../signal-keys/signal-state.ts';
import { message } from '../test-support/outbound-message.ts';
import { createLoginLimiter } from './login-limiter.ts';
import { sessionDecider } from './session-decider.ts';
import { createSessionRunner, type RunnerPorts } from './session-runner.ts';

const session = { sessionId: '550e8400-e29b-41d4-a716-446655440000', tenant: 't', epoch: 1 };
const phone = '15551230001';
const subject = subjects.event('session', session.tenant, session.sessionId);
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
};

/** A session that was connected under its last owner, and a log that answers when it is told to. */
async function setup() {
  const clock = new VirtualClock();
  const random = createSeededRandom(1);
  const log = createMemoryEventStore();
  const answers = Promise.withResolvers<void>();
  const common = { decider: sessionDecider, subjectOf: () => subject, clock, ids: systemIds, random };
  const before = createCommandHandler({ ...common, store: log });
  const context = { tenant: session.tenant, correlationId: 'c', causationId: 'c' };
  const { sessionId, tenant } = session;
  const asked = { id: 'c', v: 1, tenant, at: '2026-01-01T00:00:00.000Z', correlationId: 'c', pool: 'sandbox' };
  const created = { sessionId, name: 'Support', description: '', network: 'sandbox' } as const;
  await before.handle({ ...asked, type: 'CreateSession', data: created }, context);
  const paired = {
    type: 'RecordConnectionFact',
    tenant,
    data: { sessionId, fact: { kind: 'paired', phone } },
  } as const;
  await before.handle(paired, context);

  const written: string[] = [];
  let listener: ConnectionListener | undefined;
  const connection: WhatsAppConnection = {
    knows: () => true,
    checkRecipient: async () => 'reachable',
    sendText: async (_to, _text, id) => void written.push(id),
    askStanding: () => undefined,
    checkNumbers: async () => undefined,
    requestPairingCode: async () => ({ code: 'ABCD1234', validForMs: 1 }),
    logout: async () => undefined,
    close: async () => undefined,
  };
  const ports: RunnerPorts = {
    registry: {
      open: async () => ({ creds: undefined }),
      isOwner: async () => true,
      note: async () => undefined,
    } as Partial<RunnerPorts['registry']> as RunnerPorts['registry'],
    ownership: { mayAct: () => true, holds: () => true, epochOf: () => 1, partitions: () => [], lost: () => undefined },
    handler: createCommandHandler({
      ...common,
      store: { append: log.append, read: (of, after) => answers.promise.then(() => log.read(of, after)) },
    }),
    signalState: { open: () => ({}) as SignalKeys, unsealCreds: (_, sealed) => sealed },
    signalWriter: { committed: async () => undefined } as Partial<
      RunnerPorts['signalWriter']
    > as RunnerPorts['signalWriter'],
    signalStorage: { load: async () => [], write: async () => [], erase: async () => true },
    traffic: {
      settle: () => undefined,
      loadWaiting: async () => [],
      receipts: () => undefined,
      received: async () => undefined,
    },
    recoverReceived: async () => undefined,
    prepare: async (_, credentials) => credentials,
    open: (request) => {
      listener = request.listener;
      return connection;
    },
    logins: createLoginLimiter(1),
    laneCapacity: 64,
    pool: 'sandbox',
    stopping: new AbortController().signal,
    clock,
    random,
    logger: createSilentLogger(),
  };
  const runner = createSessionRunner(session, ports);
  runner.resume({ login: { creds: undefined, hasUnpublished: false }, released: true });
  await turns();
  return { runner, written, opens: () => listener?.opened(phone), logAnswers: answers.resolve };
}

it('A session whose log answers late tells that it is connected, however many messages came meanwhile', async () => {
  const { runner, opens, logAnswers } = await setup();
  for (let position = 1; position <= 2_000; position++) runner.send(message(position), false);
  opens();
  logAnswers();
  await turns();
  expect(runner.state()).toMatchObject({ kind: 'connected', phone });
});

it('Messages that come before the state of their session is known go in their order, before those that come after', async () => {
  const { runner, written, opens, logAnswers } = await setup();
  opens();
  for (const position of [1, 2, 3]) runner.send(message(position), false);
  await turns();
  expect(written).toEqual([]);
  logAnswers();
  await turns();
  runner.send(message(4), false);
  await turns();
  expect(written).toEqual(['wa1', 'wa2', 'wa3', 'wa4']);
});

it('A session that is connected stays so when its partition is taken up once more, because a step of that failed', async () => {
  const { runner, opens, logAnswers } = await setup();
  opens();
  logAnswers();
  await turns();
  runner.resume({ login: { creds: undefined, hasUnpublished: false }, released: false });
  await turns();
  expect(runner.state()).toMatchObject({ kind: 'connected' });
});
