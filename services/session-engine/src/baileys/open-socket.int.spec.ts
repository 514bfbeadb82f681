import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { eventually, temporaryDirectory } from '@wam/testkit';
import { createSandbox } from '@wam/whatsapp-sandbox';
import { afterEach, expect, it } from 'vitest';
import type { ConnectionListener } from '../connection/whatsapp-connection.ts';
import { createMemorySignalStorage } from '../signal-keys/memory-signal-storage.ts';
import { createSignalState } from '../signal-keys/signal-state.ts';
import { createSignalWriter } from '../signal-keys/signal-writer.ts';
import { type OpenSocketOptions, openSocket } from './open-socket.ts';
import { createSocketCaches } from './socket-caches.ts';
import { createSocketWatch } from './watch-sockets.ts';

const session = { sessionId: '550e8400-e29b-41d4-a716-446655440000', tenant: 't', epoch: 1 };
let cleanUp = new AsyncDisposableStack();
afterEach(async () => {
  await cleanUp.disposeAsync();
  cleanUp = new AsyncDisposableStack();
});

/**
 * A line to the server that can die without a word: its answers get lost, and nobody is told. `isSlow`: it holds back all that comes after
 * the answer to the upgrade.
 */
async function startLine(port: number, isSlow: boolean) {
  let answersLeft = Number.POSITIVE_INFINITY;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ port, host: '127.0.0.1' });
    near.on('data', (bytes) => far.write(bytes));
    far.on('data', (bytes) => {
      if (answersLeft-- > 0) near.write(bytes);
    });
    if (isSlow) far.once('data', () => far.pause());
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUp.defer(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    diesAfter: (answers: number) => {
      answersLeft = answers;
    },
    goesOn: () => {
      for (const socket of sockets) socket.resume();
    },
  };
}

/** A connection that is not linked yet, to the sandbox behind such a line. */
async function startConnection(options: Partial<OpenSocketOptions>, { isSlow = false } = {}) {
  const folder = await temporaryDirectory('wam-sandbox-');
  cleanUp.defer(() => folder.remove());
  const sandbox = cleanUp.use(createSandbox({ dataDir: folder.path }));
  await sandbox.start();
  const line = await startLine(Number(new URL(sandbox.url).port), isSlow);
  const storage = createMemorySignalStorage();
  storage.claim(session.sessionId, session.epoch);
  const writer = createSignalWriter({
    storage,
    seal: (_session, _type, _id, plaintext) => plaintext,
    onFenced: () => undefined,
    onError: () => undefined,
  });
  const qr = Promise.withResolvers<string>();
  const paired = Promise.withResolvers<string>();
  const closed = Promise.withResolvers<string>();
  const listener: ConnectionListener = {
    qrIssued: qr.resolve,
    paired: paired.resolve,
    opened: () => undefined,
    closed: closed.resolve,
    acknowledged: () => undefined,
    standing: () => undefined,
    receipts: () => undefined,
    received: async () => undefined,
  };
  const url = new URL(sandbox.url);
  url.port = String(line.port);
  const connection = openSocket({
    url: url.href,
    keys: createSignalState({ storage, writer, unseal: (_session, _type, _id, sealed) => sealed }).open(session),
    credentials: undefined,
    caches: createSocketCaches()('s'),
    watch: createSocketWatch(),
    sentText: async () => undefined,
    listener,
    ...options,
  });
  cleanUp.defer(() => connection.close());
  return { sandbox, line, qr: qr.promise, paired: paired.promise, closed: closed.promise };
}

it('A connection whose line dies between the scan of its code and the word to log in is given up', async () => {
  // A code must come within it too, on a busy machine.
  const { sandbox, line, ...told } = await startConnection({ connectTimeoutMs: 4_000 });
  const code = await told.qr;
  line.diesAfter(1);
  void sandbox.scanQr({ qr: code, phone: '15551260001', owner: session.tenant }).catch(() => undefined);
  expect(await told.paired).toBe('15551260001');
  expect(await told.closed).toBe('connection-lost');
});

it('A connection whose handshake takes longer than it may be quiet is not asked meanwhile, and gets its code', async () => {
  let looks = 0;
  const watch = createSocketWatch({ quietMs: 1, answerMs: 60_000, acknowledgementMs: 60_000 }, () => {
    looks += 1;
    return performance.now();
  });
  const { line, qr, closed } = await startConnection({ watch }, { isSlow: true });
  await eventually(() => expect(looks).toBeGreaterThan(100));
  line.goesOn();
  expect(await Promise.race([qr, closed])).toContain('wa.me');
});
