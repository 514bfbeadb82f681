import { busSettings, duration, type Env, loadConfig, otherKeksSetting, secret } from '@wam/service-kit';
import Type, { type Static } from 'typebox';

/** Settings of the analytics service, as environment variables. */
export const analyticsSettings = Type.Object({
  DATABASE_URL: secret({ description: 'Postgres, as postgres://user:password@host:port/database' }),
  ...busSettings,
  WAM_KEK: secret({
    minLength: 43,
    description:
      'Base64 of the 32 bytes that everything sealed at rest is under; recipients and texts of messages here',
  }),
  WAM_OTHER_KEKS: otherKeksSetting,
  ANALYTICS_DATABASE_POOL: Type.Integer({
    default: 10,
    minimum: 3,
    maximum: 100,
    description: 'Postgres connections per process: one projects, the others answer queries',
  }),
  ANALYTICS_BATCH: Type.Integer({
    default: 5000,
    minimum: 1,
    maximum: 10_000,
    description: 'Events per transaction at most; a batch never waits to become full',
  }),
  ANALYTICS_READ_WAIT: duration({
    default: '2s',
    maximum: 4_000,
    description:
      'How long a query waits for read models that are behind the log, before it is answered with what they hold (Stale-Answer)',
  }),
  RETENTION_MONTHS: Type.Integer({
    default: 0,
    minimum: 0,
    maximum: 1200,
    description: 'Whole months of the event archive, and of numbers and texts of messages, that are kept; 0 keeps all',
  }),
});
export type AnalyticsConfig = Readonly<Static<typeof analyticsSettings>>;

/** @throws ConfigError with every fault at once */
export const loadAnalyticsConfig = (env: Env): AnalyticsConfig => loadConfig(analyticsSettings, env);
