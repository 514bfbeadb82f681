import { setTimeout as sleep } from 'node:timers/promises';
import { connect, errors, type NatsConnection, nkeyAuthenticator, type TlsOptions } from '@nats-io/transport-node';
import { type BusUserName, inboxPrefixOfUser } from '@wam/contracts';
import { type BusConfig, busAccessOf } from '../bus-settings.ts';
import type { Secret } from '../secret.ts';
import { watchConnection } from './watch-connection.ts';

export type { NatsConnection } from '@nats-io/transport-node';

export interface ConnectNatsOptions {
  /** One server or several, separated by commas. */
  url: string;
  /** Seen in the server's connection list; also the default inbox prefix. */
  name: string;
  /** Own prefix per service, so that permissions can keep services from reading each other's replies. Default `_INBOX_<name>`. */
  inboxPrefix?: string;
  user?: string;
  pass?: Secret;
  /** Seed of a user nkey; instead of user and pass. */
  nkeySeed?: Secret;
  tls?: TlsOptions;
  /** How long the first connection may take, retries included. Default 30 s. After it, reconnecting never ends. */
  firstConnectTimeoutMs?: number;
}

/**
 * Connects as one of the users of the contracts, with the credentials of the settings.
 * @throws ConfigError, and what {@link connectNats} throws
 */
export const connectBus = (config: BusConfig, user: BusUserName, name: string = user): Promise<NatsConnection> =>
  connectNats({ ...busAccessOf(config), name, inboxPrefix: inboxPrefixOfUser(user) });

const FIRST_CONNECT_RETRY_MS = 100;

/**
 * Connects, waiting for a server that is still starting. Wrong credentials fail at once.
 * @throws ConnectionError when no server answered in time, AuthorizationError when it refused the user
 */
export async function connectNats(options: ConnectNatsOptions): Promise<NatsConnection> {
  const deadline = performance.now() + (options.firstConnectTimeoutMs ?? 30_000);
  for (;;) {
    try {
      const nc = await connect({
        servers: options.url.split(',').map((server) => server.trim()),
        name: options.name,
        inboxPrefix: options.inboxPrefix ?? `_INBOX_${options.name.replace(/[^A-Za-z0-9_-]/g, '-')}`,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 200,
        reconnectJitter: 100,
        // A server restarting with its user file half written must not end the process.
        ignoreAuthErrorAbort: true,
        // A dead peer is noticed in 3 x 10 s, not in the default 6 minutes.
        pingInterval: 10_000,
        maxPingOut: 2,
        // Capturing a stack per request costs 18 % of a busy gateway (measured).
        noAsyncTraces: true,
        timeout: 5_000,
        ...(options.user === undefined ? {} : { user: options.user }),
        ...(options.pass === undefined ? {} : { pass: options.pass.reveal() }),
        ...(options.nkeySeed === undefined
          ? {}
          : { authenticator: nkeyAuthenticator(new TextEncoder().encode(options.nkeySeed.reveal())) }),
        ...(options.tls === undefined ? {} : { tls: options.tls }),
      });
      void watchConnection(nc);
      return nc;
    } catch (error) {
      if (error instanceof errors.AuthorizationError || performance.now() >= deadline) throw error;
      await sleep(FIRST_CONNECT_RETRY_MS);
    }
  }
}
