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
  const ports: ConnectionPorts = {
    registry: { open: async () => ({ creds: undefined }), isOwner: async () => true },
    ownership: { mayAct: () => true, lost: () => undefined },
    signalState: { open: () => ({}) as SignalKeys, unsealCreds: (_, sealed) => sealed },
    signalWriter: {
      put: () => undefined,
      putCreds: () => undefined,
      putEvent: () => undefined,
      uncommitted: () => undefined,
      committed: async () => undefined,
      discard: () => undefined,
    },
    recoverReceived: async () => undefined,
    prepare: async (_, credentials) => credentials,
    // A socket that was told to close says nothing any more, whatever it was doing.
    open: ({ session }) => {
      opened.push(session.sessionId);
      return { close: async () => undefined } as unknown as WhatsAppConnection;
    },
    logins: createLoginLimiter(1),
    clock: new VirtualClock(),
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
  return { opened, connection };
}

it('A login that is given up half way gives its place to the next one', async () => {
  const { opened, connection } = setup();
  const first = connection('first');
  first.start();
  await turns();
  connection('second').start();
  await turns();
  expect(opened).toEqual(['first']);
  first.stop();
  await turns();
  expect(opened).toEqual(['first', 'second']);
});

it('A connection that was stopped does not begin again, whatever was under way', async () => {
  const { opened, connection } = setup();
  const stopped = connection('stopped');
  stopped.stop();
  stopped.start();
  await turns();
  expect(opened).toEqual([]);
});
