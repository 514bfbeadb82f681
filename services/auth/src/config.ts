import { plans } from '@wam/contracts';
import { duration, type Env, loadConfig, secret } from '@wam/service-kit';
import Type, { type Static } from 'typebox';

/** Settings of the auth service, as environment variables. */
export const authSettings = Type.Object({
  DATABASE_URL: secret({ description: 'Postgres, as postgres://user:password@host:port/database' }),
  NATS_URL: Type.String({ default: 'nats://127.0.0.1:4222', description: 'NATS servers, separated by commas' }),
  WAM_KEK: secret({
    minLength: 43,
    description: 'Base64 of the 32 bytes that everything sealed at rest is under; signing keys here',
  }),
  ACCESS_TOKEN_TTL: duration({
    default: '24h',
    minimum: 60_000,
    description: 'Life of a login token. Documented clients log in once and keep it',
  }),
  DEFAULT_PLAN: Type.Enum(Object.keys(plans), { default: 'trial', description: 'Plan of new accounts' }),
  PASSWORD_HASH_CONCURRENCY: Type.Integer({
    default: 2,
    minimum: 1,
    maximum: 64,
    description: 'Passwords hashed at once per process; each takes 19 MiB and 45 ms of a core',
  }),
  OUTBOX_SWEEP_INTERVAL: duration({
    default: '5s',
    minimum: 50,
    description: 'How often account events that were not published at once are tried again',
  }),
});
export type AuthConfig = Readonly<Static<typeof authSettings>>;

/** @throws ConfigError with every fault at once */
export const loadAuthConfig = (env: Env): AuthConfig => loadConfig(authSettings, env);
