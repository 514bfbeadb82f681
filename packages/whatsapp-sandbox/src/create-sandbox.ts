import { DEFAULT_BEHAVIOUR } from './behaviour.ts';
import { systemClock } from './clock.ts';
import { enterPairingCode, scanQr } from './control/link-phone.ts';
import {
  clearFaults,
  disconnect,
  injectFault,
  listLinkedPhones,
  readInbox,
  readSentCopies,
  unlinkPhone,
} from './control/sandbox-control.ts';
import { sendMessage } from './control/send-message.ts';
import { silentLogger } from './logger.ts';
import type { Sandbox, SandboxOptions } from './sandbox.ts';
import { acceptConnection } from './server/accept-connection.ts';
import { buildNetwork } from './server/build-network.ts';
import { createAdminRoutes } from './server/http/admin-routes.ts';
import { CHAT_PATH, Listener } from './server/http/listener.ts';
import type { InboxMessage } from './state/inbox.ts';

/** Owner of phones linked through the admin route when the client named none. */
export const ADMIN_OWNER = 'admin';

/** Builds a simulated WhatsApp network; it opens its world at once and listens after `start()`. */
export function createSandbox(options: SandboxOptions = {}): Sandbox {
  const { host = '127.0.0.1', port = 0, tls, seed = 1, clock = systemClock, logger = silentLogger } = options;
  const listeners = new Set<(message: InboxMessage) => void>();
  const network = buildNetwork({
    dataDir: options.dataDir,
    behaviour: { ...DEFAULT_BEHAVIOUR, ...options.behaviour },
    seed,
    clock,
    logger,
    onReceived: (message) => {
      for (const listener of listeners) listener(message);
    },
  });
  const { world, connected, faults, pendingReceipts, timers, statistics, logins } = network;
  const listener = new Listener({
    host,
    port,
    tls,
    adminRoutes: createAdminRoutes({
      scanQr: (qr) => scanQr(network, { qr, owner: network.pairing.ownerHintFor(qr) ?? ADMIN_OWNER }),
      noiseRootPublicKey: () => world.identity.rootPublicKey,
    }),
    refuseUpgrade: () => faults.take('refuse-upgrades', {})?.code,
    onConnection: (socket, ownerHint) => acceptConnection(network, socket, ownerHint),
  });
  let stopped: Promise<void> | undefined;

  async function stop(): Promise<void> {
    pendingReceipts.stop();
    timers.clear();
    for (const connection of connected.all) connection.terminate();
    await listener.stop();
    world.journal.close();
  }

  const sandbox: Sandbox = {
    async start() {
      await listener.start();
      pendingReceipts.resume();
      logger.info({ url: sandbox.url }, 'the sandbox listens');
    },
    stop: () => (stopped ??= stop()),
    [Symbol.asyncDispose]: () => sandbox.stop(),
    get url() {
      return `${tls ? 'wss' : 'ws'}://${host}:${listener.port}${CHAT_PATH}`;
    },
    get noiseRootPublicKey() {
      return world.identity.rootPublicKey;
    },

    scanQr: (request) => scanQr(network, request),
    enterPairingCode: (request) => enterPairingCode(network, request),
    unlink: (request) => unlinkPhone(network, request),
    linkedPhones: (owner) => listLinkedPhones(network, owner),

    sendMessage: (request) => sendMessage(network, request),
    inbox: (request) => readInbox(network, request),
    sentCopies: (request) => readSentCopies(network, request),
    onReceived(received) {
      listeners.add(received);
      return () => listeners.delete(received);
    },
    ledger: (owner) => world.ledger.list(owner),
    onLogin: (began) => logins.onBegan(began),
    logins: (filter = {}) => logins.list(filter),
    stanzas: () => statistics.snapshot(),

    injectFault: (fault) => injectFault(network, fault),
    clearFaults: (scope) => clearFaults(network, scope),
    disconnect: (request) => disconnect(network, request),
    reset() {
      pendingReceipts.stop();
      timers.clear();
      for (const connection of connected.all) connection.terminate();
      faults.clear({});
      statistics.clear();
      logins.clear();
      network.retries.clear();
      world.reset();
    },
  };
  return sandbox;
}
