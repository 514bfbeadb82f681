import type { AddressInfo } from 'node:net';
import { operationList, subjects } from '@wam/contracts';
import {
  type Clock,
  createHealthRegistry,
  defineService,
  type HealthRegistry,
  type IdSource,
  type Logger,
  type Service,
  systemClock,
  systemIds,
} from '@wam/service-kit';
import {
  agreeOnPartitionCount,
  connectBus,
  createPublisher,
  createRequester,
  type NatsConnection,
  type Requester,
  subscribeLive,
} from '@wam/service-kit/nats';
import type { FastifyInstance } from 'fastify';
import { createAccessTokenVerifier } from './authenticate/access-tokens.ts';
import { createApiKeyDirectory } from './authenticate/api-keys.ts';
import { createAskAuth } from './authenticate/ask-auth.ts';
import { createAuthenticate } from './authenticate/authenticate.ts';
import { createEntitlementsDirectory } from './authenticate/entitlements.ts';
import { createTicketVerifier } from './authenticate/events-tickets.ts';
import { followAccounts } from './authenticate/follow-accounts.ts';
import { createIdentify } from './authenticate/identify.ts';
import { createKeySet, type KeySet } from './authenticate/key-set.ts';
import { defaultNetwork, type GatewayConfig, listenHost, shutdownGraceMs } from './config.ts';
import { createFeed, type FeedParts } from './create-feed.ts';
import { createAdmission } from './http/admit-request.ts';
import { allowedOrigins } from './http/allowed-origins.ts';
import { closeHttpServer } from './http/close-http-server.ts';
import { createHttpServer } from './http/create-http-server.ts';
import { createLoginGuards } from './http/guard-logins.ts';
import { createCarryOutOnce } from './idempotency/carry-out-once.ts';
import { openToAccount } from './legacy/open-account.ts';
import { createAuthorizeSession } from './quota/authorize-session.ts';
import { createMessageQuota } from './quota/message-quota.ts';
import { trustedProxies } from './rate-limits/client-address.ts';
import { createLimits } from './rate-limits/create-limits.ts';
import { createSessionDirectory } from './sessions/session-directory.ts';

export interface GatewayDeps {
  logger: Logger;
  clock?: Clock;
  ids?: IdSource;
  /** What /readyz reports besides the gateway itself. */
  health?: HealthRegistry;
  /** Folder of the page at `/`. */
  staticDir?: string;
}
export interface Gateway extends Service {
  /** `http://host:port` at which this machine reaches it. @throws Error while it does not listen */
  readonly address: string;
}

const keyRetryMs = 500;

/** The HTTP edge. Ready once it is connected to the bus and has the keys that tokens are signed with. */
export function createGateway(config: GatewayConfig, deps: GatewayDeps): Gateway {
  const { logger, clock = systemClock, ids = systemIds, health = createHealthRegistry() } = deps;
  const resources = new AsyncDisposableStack();
  const stopping = new AbortController();
  let nc: NatsConnection | undefined;
  let requester: Requester | undefined;
  let keySet: KeySet | undefined;
  let app: FastifyInstance | undefined;
  let feed: FeedParts | undefined;
  let connected = true;
  // Outlives the listener: a request cut while it closes is still answered, with links that name this port.
  let listensAt: string | undefined;
  const address = (): string => {
    if (listensAt === undefined || !app?.server.listening) throw new Error('the gateway does not listen');
    return listensAt;
  };
  const publicUrl = (): string =>
    config.PUBLIC_URL?.replace(/\/+$/, '') ?? listensAt ?? `http://127.0.0.1:${config.PORT}`;

  const service = defineService({
    name: 'gateway',
    async start() {
      nc = await connectBus(config, 'gateway');
      resources.defer(async () => nc?.drain());
      requester = createRequester(nc);
      resources.defer(() => requester?.close());
      const publisher = createPublisher(nc);
      resources.defer(() => publisher.close());
      const directory = createSessionDirectory(requester, await agreeOnPartitionCount(nc, config.PARTITION_COUNT));
      const live = await subscribeLive(
        nc,
        subjects.eventsOfDomain('session'),
        ({ event: { type, tenant, data } }) => {
          if (type === 'SessionDeleted') directory.forget(tenant, (data as { sessionId: string }).sessionId);
          if (type === 'SessionMoved') directory.moved(tenant, data as { sessionId: string; to: string });
        },
        logger,
      );
      resources.defer(() => live.unsubscribe());
      const askAuth = createAskAuth({ requester, ids, timeoutMs: config.AUTH_TIMEOUT });
      keySet = createKeySet({ askAuth, clock, logger });
      const entitlements = createEntitlementsDirectory(askAuth, clock);
      const apiKeys = createApiKeyDirectory(askAuth);
      void followConnection(nc, (state) => {
        connected = state;
        if (!state) return;
        // What happened meanwhile was not heard.
        entitlements.doubtAll();
        apiKeys.forgetAll();
        feed?.connections.doubtAll();
      });
      void loadKeys(keySet, clock, logger, stopping.signal);

      const verifyAccessToken = createAccessTokenVerifier(keySet.getKey, clock);
      const authenticate = createAuthenticate({ verifyAccessToken, apiKeys, entitlements });
      const identify = createIdentify({
        verifyAccessToken,
        verifyTicket: createTicketVerifier(keySet.getKey, clock, apiKeys),
        apiKeys,
        entitlements,
      });
      const openAccount = config.LEGACY_OPEN_ACCOUNT;
      const authenticateLegacy =
        openAccount === undefined
          ? authenticate
          : openToAccount(openAccount, { authenticate, askAuth, entitlements, logger });
      const limits = createLimits(config, { clock, logger });
      resources.use(limits);

      const origins = allowedOrigins(config.ALLOWED_ORIGINS, { mode: config.WAM_MODE, publicUrl: config.PUBLIC_URL });

      const feedNc = await connectBus(config, 'gateway', 'gateway-feed');
      resources.defer(() => feedNc.close());
      const parts = createFeed(config, {
        nc: feedNc,
        requester,
        directory,
        identify,
        entitlements,
        limits: limits.requests,
        authenticateOpen: openAccount === undefined ? undefined : authenticateLegacy,
        ownAddress: address,
        origins,
        clock,
        ids,
        logger,
      });
      feed = parts;
      void followConnection(feedNc, (state) => {
        if (state) parts.feeds.verifyAll();
      });
      const accounts = await followAccounts(nc, { apiKeys, entitlements, connections: parts.connections }, logger);
      resources.defer(() => accounts.unsubscribe());

      app = createHttpServer({
        operations: operationList,
        feedDoors: parts.doors,
        eventList: parts.eventList,
        admission: createAdmission({ authenticate, authenticateLegacy, identify, limits: limits.requests, clock }),
        guardLogins: createLoginGuards({ limits: limits.logins, clock }),
        carryOutOnce: createCarryOutOnce({ askAuth, clock, logger, waitLimitMs: config.COMMAND_WAIT_LIMIT }),
        trustProxy: trustedProxies(config.TRUST_PROXY),
        origins,
        health,
        publisher,
        requester,
        directory,
        quota: createMessageQuota({ askAuth, clock, logger }),
        authorizeSession: createAuthorizeSession(askAuth),
        clock,
        ids,
        logger,
        defaultNetwork: defaultNetwork(config),
        waitLimitMs: config.COMMAND_WAIT_LIMIT,
        publishTimeoutMs: config.PUBLISH_TIMEOUT,
        authTimeoutMs: config.AUTH_TIMEOUT,
        configuredPublicUrl: config.PUBLIC_URL,
        publicUrl,
        staticDir: deps.staticDir,
      });
      health.register('gateway', check);
      await app.listen({ port: config.PORT, host: listenHost(config) });
      const bound = app.server.address() as AddressInfo;
      listensAt = urlOf(bound);
      logger.info({ host: bound.address, port: bound.port }, 'gateway listens');
    },
    drain: () => health.drain(),
    async stop() {
      stopping.abort();
      health.drain();
      await feed?.close();
      if (app !== undefined)
        await closeHttpServer(app, {
          clock,
          graceMs: shutdownGraceMs(config),
          // Whoever still waits learns what is known: a command is stored (202), a service did not answer (503).
          onGraceOver: () => requester?.close(),
        });
      await resources.disposeAsync();
    },
    health: check,
  });

  function check(): ReturnType<Service['health']> {
    if (stopping.signal.aborted) return { ready: false, detail: 'stopping' };
    if (nc === undefined || listensAt === undefined) return { ready: false, detail: 'starting' };
    if (!connected || nc.isClosed()) return { ready: false, detail: 'no connection to the bus' };
    return keySet?.loaded ? { ready: true } : { ready: false, detail: 'no signing keys from auth yet' };
  }
  return {
    ...service,
    [Symbol.asyncDispose]: service.stop,
    get address() {
      return address();
    },
  };
}

/** An address to listen on may stand for all; who opens it needs one. */
function urlOf({ address, family, port }: AddressInfo): string {
  const isEvery = address === '0.0.0.0' || address === '::';
  const host = family === 'IPv6' ? `[${address}]` : address;
  return `http://${isEvery ? '127.0.0.1' : host}:${port}`;
}

/** Ends with the connection. While it is broken the client reconnects by itself, and readiness keeps new requests away. */
async function followConnection(nc: NatsConnection, onChange: (connected: boolean) => void): Promise<void> {
  for await (const { type } of nc.status()) {
    if (type === 'disconnect') onChange(false);
    else if (type === 'reconnect') onChange(true);
  }
}

/** auth may start after the gateway: asks until it has answered once. */
async function loadKeys(keySet: KeySet, clock: Clock, logger: Logger, stopping: AbortSignal): Promise<void> {
  while (!stopping.aborted) {
    try {
      await keySet.load();
      return;
    } catch (error) {
      logger.debug({ err: error }, 'signing keys not available yet');
      await clock.sleep(keyRetryMs, stopping).catch(() => undefined);
    }
  }
}
