import type { Network } from '@wam/contracts';
import { duration, type Env, loadConfig } from '@wam/service-kit';
import Type, { type Static } from 'typebox';

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
      description: 'Where clients reach the API, for links in answers. Default: http://localhost and the port',
    }),
  ),
  NATS_URL: Type.String({ default: 'nats://127.0.0.1:4222', description: 'NATS servers, separated by commas' }),
  WAM_MODE: Type.Enum(['development', 'production'], {
    default: 'development',
    description: 'development favours convenience on one machine; production assumes a network',
  }),
  WAM_DEFAULT_NETWORK: Type.Optional(
    Type.Enum(['sandbox', 'whatsapp'], {
      description: 'Network of new sessions that name none. Default: sandbox in development, whatsapp in production',
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
  SHUTDOWN_GRACE: Type.Optional(
    duration({
      maximum: 300_000,
      description:
        'How long requests under way may take when the gateway stops. Default: 3s in development, 20s in production',
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
