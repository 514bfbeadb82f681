import { type Network, partitionCountSetting } from '@wam/contracts';
import { busSettings, duration, type Env, loadConfig, secret } from '@wam/service-kit';
import Type, { type Static } from 'typebox';
import { limitsOfPlansPattern } from './doors/connection-limits.ts';
import { rateSetting, ratesOfPlansSetting } from './rate-limits/rate.ts';

/** Settings of the gateway, as environment variables. */
export const gatewaySettings = Type.Object({
  PORT: Type.Integer({
    default: 3000,
    minimum: 0,
    maximum: 65_535,
    description: 'Port of the API; 0 picks a free one',
  }),
  HOST: Type.Optional(
    Type.String({ description: 'Address to listen on. Default: 127.0.0.1 in development, 0.0.0.0 in production' }),
  ),
  PUBLIC_URL: Type.Optional(
    Type.String({
      pattern: '^https?://[^/?#]+(/[^?#]*)?$',
      description:
        'Where clients reach the API, for links in answers. Default: the address it listens on, http://127.0.0.1 and the port where that is every one',
    }),
  ),
  ...busSettings,
  WAM_MODE: Type.Enum(['development', 'production'], {
    default: 'development',
    description: 'development favours convenience on one machine; production assumes a network',
  }),
  WAM_DEFAULT_NETWORK: Type.Optional(
    Type.Enum(['sandbox', 'whatsapp'], {
      description: 'Network of new sessions that name none. Default: sandbox in development, whatsapp in production',
    }),
  ),
  ALLOWED_ORIGINS: Type.Optional(
    Type.String({
      pattern: '^(none|\\*|https?://[^/?#,\\s]+(,\\s*https?://[^/?#,\\s]+)*)$',
      description:
        "Origins whose pages may use the API and its sockets, separated by commas, besides the gateway's own; * for all, none for none. Default: those of this machine in development, none in production",
    }),
  ),
  COMMAND_WAIT_LIMIT: duration({
    default: '10s',
    maximum: 60_000,
    description: 'How long a command such as a send waits for its outcome before it is answered as accepted',
  }),
  PUBLISH_TIMEOUT: duration({
    default: '5s',
    minimum: 100,
    description: 'How long the bus may take to store a command before the request fails with 503',
  }),
  AUTH_TIMEOUT: duration({
    default: '3s',
    minimum: 100,
    maximum: 30_000,
    description:
      'How long auth may take to say who a caller is and what is left of a quota, before the request fails with 503',
  }),
  TRUST_PROXY: Type.String({
    default: 'off',
    pattern: '^(off|[1-9][0-9]?|[0-9a-fA-F.:/, ]+)$',
    description:
      'Whose X-Forwarded-For is believed: off, a number of proxies in front, or their addresses and ranges. Rate limits count by it',
  }),
  RATE_LIMIT_GENERAL: rateSetting({
    default: '100/15m',
    description: 'Requests of one account, or of one address where no login is needed',
  }),
  RATE_LIMIT_PLANS: ratesOfPlansSetting({
    default: 'business=1000/15m,enterprise=3000/15m',
    description: 'Plans whose logged-in users may ask more often than RATE_LIMIT_GENERAL; none for no such plan',
  }),
  RATE_LIMIT_API_KEY: rateSetting({ default: '6000/1m', description: 'Requests under one API key' }),
  RATE_LIMIT_AUTH: rateSetting({
    default: '5/15m',
    description: 'Logins and registrations for one account from one address',
  }),
  RATE_LIMIT_AUTH_FAILURES: rateSetting({
    default: '10/15m',
    description: 'Wrong passwords for one account from all addresses that have not logged in to it before',
  }),
  REDIS_URL: Type.Optional(
    secret({ description: 'Redis in which gateways count rate limits together. Without it each counts for itself' }),
  ),
  REDIS_TIMEOUT: duration({
    default: '50ms',
    minimum: 5,
    maximum: 2_000,
    description:
      'How long Redis may take for one count. Whenever it takes longer, this gateway counts for itself for a second',
  }),
  LEGACY_OPEN_ACCOUNT: Type.Optional(
    Type.String({
      pattern: '^[^\\s@]+@[^\\s@]+$',
      description:
        'E-mail of the account for which /api/whatsapp/* acts without a token, for anybody who reaches the port. Default: no such account',
    }),
  ),
  WAM_MESSAGE_KEY: Type.Optional(
    secret({
      description:
        'Base64 of the key that opens numbers and texts of events, as `wam keys message` prints it; former ones after commas. Default for a target that has WAM_KEK: derived from it',
    }),
  ),
  FEED_RETENTION: duration({
    default: '72h',
    minimum: 60_000,
    description: 'How far back the event feed can be resumed. The bus keeps events for 90 days',
  }),
  FEED_BUFFER_BYTES: Type.Integer({
    default: 524_288,
    minimum: 16_384,
    maximum: 16_777_216,
    description: 'Bytes that may wait for a socket that does not read; above them it is closed with 4008',
  }),
  FEED_CONNECTIONS: Type.Integer({
    default: 20_000,
    minimum: 1,
    description: 'Sockets and event streams of all accounts on this gateway',
  }),
  FEED_CONNECTIONS_DEFAULT: Type.Integer({
    default: 25,
    minimum: 1,
    description: 'Sockets and event streams of one account on this gateway, for plans not in FEED_CONNECTIONS_PLANS',
  }),
  FEED_CONNECTIONS_PLANS: Type.String({
    default: 'trial=10,starter=25,growth=50,business=200,enterprise=2000',
    pattern: limitsOfPlansPattern,
    description: 'The same by plan',
  }),
  FEED_RESUMES: Type.Integer({
    default: 50,
    minimum: 1,
    maximum: 1_000,
    description:
      'Readers of the log for clients that come back, at once; others wait their turn. Each is a consumer on the bus',
  }),
  PARTITION_COUNT: partitionCountSetting,
  SHUTDOWN_GRACE: Type.Optional(
    duration({
      maximum: 300_000,
      description:
        'How long a stop may take: requests under way at a gateway, handing sessions over at an engine. Default: 3s in development, 20s in production',
    }),
  ),
});
export type GatewayConfig = Readonly<Static<typeof gatewaySettings>>;

/** @throws ConfigError with every fault at once */
export const loadGatewayConfig = (env: Env): GatewayConfig => loadConfig(gatewaySettings, env);

export const listenHost = (config: GatewayConfig): string =>
  config.HOST ?? (config.WAM_MODE === 'production' ? '0.0.0.0' : '127.0.0.1');

export const defaultNetwork = (config: GatewayConfig): Network =>
  (config.WAM_DEFAULT_NETWORK as Network | undefined) ?? (config.WAM_MODE === 'production' ? 'whatsapp' : 'sandbox');

export const shutdownGraceMs = (config: GatewayConfig): number =>
  config.SHUTDOWN_GRACE ?? (config.WAM_MODE === 'production' ? 20_000 : 3_000);
