import { busSettings, ConfigError, duration, type Env, loadConfig, otherKeksSetting, secret } from '@wam/service-kit';
import Type, { type Static } from 'typebox';
import { type AllowList, parseAllowList } from './network/allow-list.ts';

/** Settings of the webhooks service, as environment variables. */
export const webhooksSettings = Type.Object({
  DATABASE_URL: secret({ description: 'Postgres, as postgres://user:password@host:port/database' }),
  ...busSettings,
  WAM_KEK: secret({
    minLength: 43,
    description: 'Base64 of the 32 bytes that everything sealed at rest is under; secrets and bodies of webhooks here',
  }),
  WAM_OTHER_KEKS: otherKeksSetting,
  WEBHOOK_ALLOW: Type.String({
    default: '',
    description:
      'Receivers allowed although not public, also without TLS, separated by commas: hosts, .suffixes, addresses, ranges; such as localhost,127.0.0.1,.svc.cluster.local',
  }),
  WEBHOOK_CONCURRENCY: Type.Integer({
    default: 16,
    minimum: 1,
    maximum: 256,
    description: 'Deliveries to one webhook at once',
  }),
  WEBHOOK_ACCOUNT_CONCURRENCY: Type.Integer({
    default: 64,
    minimum: 1,
    maximum: 1024,
    description: 'Deliveries of one account at once',
  }),
  WEBHOOK_TIMEOUT: duration({
    default: '15s',
    minimum: 1_000,
    maximum: 15_000,
    description: 'How long a receiver may take to answer',
  }),
  WEBHOOK_RETENTION_DAYS: Type.Integer({
    default: 14,
    minimum: 1,
    maximum: 365,
    description: 'How long deliveries stay in the log, and undelivered ones wait at most',
  }),
  WEBHOOK_LEASE: duration({
    default: '10s',
    minimum: 1_000,
    description: 'How long the webhooks of a process that was killed stand still at most',
  }),
  WEBHOOK_DATABASE_POOL: Type.Integer({
    default: 10,
    minimum: 4,
    maximum: 100,
    description: 'Postgres connections per process',
  }),
});
export type WebhooksConfig = Readonly<Static<typeof webhooksSettings>> & { readonly allowed: AllowList };

/** @throws ConfigError with every fault at once */
export function loadWebhooksConfig(env: Env): WebhooksConfig {
  const config = loadConfig(webhooksSettings, env);
  return { ...config, allowed: allowListOf(config.WEBHOOK_ALLOW) };
}

function allowListOf(text: string): AllowList {
  try {
    return parseAllowList(text);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw new ConfigError([{ variable: 'WEBHOOK_ALLOW', problem, expected: 'hosts and address ranges, with commas' }]);
  }
}
