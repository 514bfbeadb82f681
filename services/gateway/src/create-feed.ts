/** The event feed and its doors, put together. */
import { createOpenMessage } from '@wam/public-events';
import {
  type Clock,
  createSealer,
  type IdSource,
  keyIdOf,
  type Logger,
  SealError,
  type Sealer,
} from '@wam/service-kit';
import type { NatsConnection, Requester } from '@wam/service-kit/nats';
import type { Authenticate } from './authenticate/authenticate.ts';
import type { EntitlementsDirectory } from './authenticate/entitlements.ts';
import type { Identify } from './authenticate/identify.ts';
import { createIdentifyPeer } from './authenticate/identify-peer.ts';
import type { GatewayConfig } from './config.ts';
import { connectionLimits } from './doors/connection-limits.ts';
import { type Connections, createConnections } from './doors/connections.ts';
import { createEventList, type EventList } from './doors/event-list.ts';
import { createForwardPolls } from './doors/forward-polls.ts';
import { createSocketIoDoor } from './doors/socket-io-door.ts';
import { createSubscribe } from './doors/subscribe.ts';
import { createWebSocketDoor } from './doors/websocket-door.ts';
import { createAskForQr } from './feed/ask-for-qr.ts';
import { createMakeEntry } from './feed/feed-entry.ts';
import { createFeeds, type Feeds } from './feed/feeds.ts';
import { createLogPages } from './feed/log-pages.ts';
import { createSessionLabels } from './feed/session-labels.ts';
import { createSlots } from './feed/slots.ts';
import type { AllowedOrigins } from './http/allowed-origins.ts';
import type { FeedDoors } from './http/register-feed.ts';
import { clientAddressBy, trustedProxies } from './rate-limits/client-address.ts';
import type { RequestLimits } from './rate-limits/request-limits.ts';
import type { SessionDirectory } from './sessions/session-directory.ts';

export interface FeedParts {
  feeds: Feeds;
  connections: Connections;
  doors: FeedDoors;
  eventList: EventList;
  /** Ends every connection with a code; clients go elsewhere and resume. */
  close(): Promise<void>;
}
export interface FeedPartsDeps {
  /** A connection of its own: a burst of events must not delay the answers to requests. */
  nc: NatsConnection;
  requester: Requester;
  directory: SessionDirectory;
  identify: Identify;
  entitlements: EntitlementsDirectory;
  limits: Pick<RequestLimits, 'ofStray'>;
  /** Acts for sockets without a credential, where an installation has opened its legacy API. */
  authenticateOpen: Authenticate | undefined;
  ownAddress: () => string;
  origins: AllowedOrigins;
  clock: Clock;
  ids: IdSource;
  logger: Logger;
}

export function createFeed(config: GatewayConfig, deps: FeedPartsDeps): FeedParts {
  const { nc, identify, entitlements, authenticateOpen, origins, clock, logger } = deps;
  const make = createMakeEntry({
    open: createOpenMessage(messageSealer(config, logger)),
    labels: createSessionLabels(deps),
    askForQr: createAskForQr(deps),
    nowMs: clock.now,
  });
  const feeds = createFeeds({ nc, make, retentionMs: config.FEED_RETENTION, clock, logger });
  const resumes = createSlots(config.FEED_RESUMES);
  const pages = createLogPages({ feeds, make, resumes, clock });
  const subscribe = createSubscribe({ feeds, pages, clock, logger, bufferBytes: config.FEED_BUFFER_BYTES });
  const connections = createConnections({
    limits: connectionLimits(config.FEED_CONNECTIONS_PLANS, config.FEED_CONNECTIONS_DEFAULT, config.FEED_CONNECTIONS),
    entitlements,
    clock,
    logger,
  });
  const identifyPeer = createIdentifyPeer(deps);
  const shared = { identifyPeer, subscribe, connections, clock, logger };
  const webSocket = createWebSocketDoor(shared);
  const socketIo = createSocketIoDoor({
    ...shared,
    clientAddress: clientAddressBy(trustedProxies(config.TRUST_PROXY)),
    origins,
    identifyOpen:
      authenticateOpen &&
      (async () => {
        const caller = await authenticateOpen({});
        const { tenant, actor, scopes, mode } = caller.principal;
        const endless = Number.POSITIVE_INFINITY;
        return { caller, identity: { tenant, actor, scopes, mode, generation: endless, expiresAtMs: endless } };
      }),
  });
  const forwardPolls = createForwardPolls({ nc, node: socketIo.node, ownAddress: deps.ownAddress, clock, logger });
  const eventList = createEventList({ ...shared, identify, feeds, make, resumes });
  return {
    feeds,
    connections,
    eventList,
    doors: { webSocket, socketIo, forwardPolls, identify, origins },
    async close() {
      eventList.close();
      await Promise.all([webSocket.close(), socketIo.close()]);
      forwardPolls.close();
      feeds.close();
      connections.close();
    },
  };
}

/** Opens what is sealed for the purpose `message`, and nothing else. */
function messageSealer({ WAM_MESSAGE_KEY }: GatewayConfig, logger: Logger): Pick<Sealer, 'open'> {
  if (WAM_MESSAGE_KEY === undefined) {
    logger.warn('WAM_MESSAGE_KEY is not set: events of messages come without numbers and texts');
    return createSealer({ kek: Buffer.alloc(32) });
  }
  const [kek, ...retiredKeks] = messageKeysOf(WAM_MESSAGE_KEY.reveal());
  return tellMissingKeys(createSealer({ kek: kek!, retiredKeks }), logger);
}
/** Says once of each key that is missing here that events under it come without numbers and texts, after a key was replaced. */
function tellMissingKeys(sealer: Sealer, logger: Logger): Pick<Sealer, 'open'> {
  const told = new Set<string>();
  return {
    open(context, sealed) {
      try {
        return sealer.open(context, sealed);
      } catch (error) {
        const keyId = keyIdOf(sealed).toString('hex');
        if (
          error instanceof SealError &&
          error.fault === 'unknown-key' &&
          told.size < maxToldKeys &&
          !told.has(keyId)
        ) {
          told.add(keyId);
          logger.warn(
            { keyId },
            'WAM_MESSAGE_KEY lacks a key that events of the log are under: they come without numbers and texts',
          );
        }
        throw error;
      }
    },
  };
}
const maxToldKeys = 10;
const messageKeysOf = (text: string): Buffer[] => text.split(',').map((key) => Buffer.from(key.trim(), 'base64'));
