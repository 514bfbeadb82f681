import { createSeededRandom, createSilentLogger, VirtualClock } from '@wam/service-kit';
import { expect, it } from 'vitest';
import type { WhatsAppConnection } from '../connection/whatsapp-connection.ts';
import type { SignalKeys } from '../signal-keys/signal-state.ts';
import { createLoginLimiter } from './login-limiter.ts';
import { type ConnectionPorts, createSessionConnection } from './session-connection.ts';

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
};

function setup() {
  const opened: string[] = [];
  const questions: string[] = [];
  const lineDown = Promise.withResolvers<void>();
  let mayAct = true;
  const clock = new VirtualClock();
  const ports: ConnectionPorts = {
    registry: {
      open: async () => {
        questions.push('row');
        return { creds: undefined };
      },
      isOwner: async () => true,
    },
    ownership: { mayAct: () => mayAct, lost: () => undefined },
    signalState: { open: () => ({}) as SignalKeys, unsealCreds: (_, sealed) => sealed },
    signalWriter: {
      put: () => undefined,
      putCreds: () => undefined,
      putEvent: () => undefined,
      uncommitted: () => undefined,
      committed: async () => undefined,
      discard: () => undefined,
    },
    recoverReceived: async () => void questions.push('unpublished'),
    prepare: async (_, credentials) => credentials,
    // A socket that was told to close says nothing any more, whatever it was doing.
    open: ({ session }) => {
      opened.push(session.sessionId);
      return { close: () => lineDown.promise } as unknown as WhatsAppConnection;
    },
    logins: createLoginLimiter(1),
    clock,
    random: createSeededRandom(1),
    logger: createSilentLogger(),
  };
  const traffic = {
    opened: () => undefined,
    closed: () => undefined,
    acknowledged: () => undefined,
    receipts: () => undefined,
    received: async () => undefined,
  };
  const connection = (sessionId: string) =>
    createSessionConnection({ sessionId, tenant: 't', epoch: 1 }, ports, traffic, () => undefined);
  const suspend = (): void => {
    mayAct = false;
  };
  return { opened, questions, lineDown, suspend, connection };
}

it('A login that is given up half way gives its place to the next one', async () => {
  const { opened, connection } = setup();
  const first = connection('first');
  first.start();
  await turns();
  connection('second').start();
  await turns();
  expect(opened).toEqual(['first']);
  void first.stop();
  await turns();
  expect(opened).toEqual(['first', 'second']);
});

it('A connection that was stopped does not begin again, whatever was under way', async () => {
  const { opened, connection } = setup();
  const stopped = connection('stopped');
  void stopped.stop();
  stopped.start();
  await turns();
  expect(opened).toEqual([]);
});

it('The first login of a new owner begins with what its claim read, and asks for nothing again', async () => {
  const { opened, questions, connection } = setup();
  connection('claimed').start({ creds: Buffer.of(1), hasUnpublished: false });
  await turns();
  expect(opened).toEqual(['claimed']);
  expect(questions).toEqual([]);
});

it('What the owner before received and could not publish is published before the login', async () => {
  const { opened, questions, connection } = setup();
  connection('claimed').start({ creds: Buffer.of(1), hasUnpublished: true });
  await turns();
  expect(opened).toEqual(['claimed']);
  expect(questions).toEqual(['unpublished']);
});

it('A login that waited for its turn does not begin while the lease is in suspense', async () => {
  const { opened, suspend, connection } = setup();
  const first = connection('first');
  first.start();
  const second = connection('second');
  second.start({ creds: Buffer.of(1), hasUnpublished: false });
  await turns();
  suspend();
  void first.stop();
  await turns();
  expect(opened).toEqual(['first']);
});

it('A stop is over when the line is down, and not before', async () => {
  const { lineDown, connection } = setup();
  const stopped = connection('stopped');
  stopped.start();
  await turns();
  let isOver = false;
  const over = stopped.stop().then(() => {
    isOver = true;
  });
  await turns();
  expect(isOver).toBe(false);
  lineDown.resolve();
  await over;
});
