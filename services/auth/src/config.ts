import { plans as builtInPlans, type Plan } from '@wam/contracts';
import {
  busSettings,
  ConfigError,
  type ConfigFault,
  duration,
  type Env,
  loadConfig,
  otherKeksSetting,
  secret,
} from '@wam/service-kit';
import Type, { type Static } from 'typebox';
import { parsePlanFile } from './plan/plan-file.ts';

/** Settings of the auth service, as environment variables. */
export const authSettings = Type.Object({
  DATABASE_URL: secret({ description: 'Postgres, as postgres://user:password@host:port/database' }),
  ...busSettings,
  WAM_KEK: secret({
    minLength: 43,
    description: 'Base64 of the 32 bytes that everything sealed at rest is under; signing keys here',
  }),
  WAM_OTHER_KEKS: otherKeksSetting,
  ACCESS_TOKEN_TTL: duration({
    default: '24h',
    minimum: 60_000,
    description: 'Life of a login token. Documented clients log in once and keep it',
  }),
  SIGNING_KEY_PUBLISH_DELAY: duration({
    default: '2m',
    minimum: 0,
    description: 'How long a new signing key is only published before it signs, so that every gateway knows it by then',
  }),
  PLANS: Type.Optional(
    Type.String({
      description: 'JSON of the plans on offer; `PLANS_FILE` names a file of it. Default: the documented plans',
    }),
  ),
  DEFAULT_PLAN: Type.String({ default: 'trial', description: 'Plan of new accounts' }),
  PASSWORD_HASH_CONCURRENCY: Type.Integer({
    default: 2,
    minimum: 1,
    maximum: 64,
    description: 'Passwords hashed at once per process; each takes 19 MiB and 45 ms of a core',
  }),
  IDEMPOTENCY_KEY_TTL: duration({
    default: '24h',
    minimum: 24 * 3_600_000,
    // Sends are recognised for 7 days: a key that lives longer would be answered by nobody.
    maximum: 7 * 24 * 3_600_000,
    description: 'How long an Idempotency-Key stands for its request and its answer is kept',
  }),
  OUTBOX_SWEEP_INTERVAL: duration({
    default: '5s',
    minimum: 50,
    description: 'How often account events that were not published at once are tried again',
  }),
});
export type AuthConfig = Readonly<Omit<Static<typeof authSettings>, 'PLANS'>> & {
  /** By id. `DEFAULT_PLAN` is one of them. */
  plans: Readonly<Record<string, Plan>>;
};

/** @throws ConfigError with every fault at once, those of the plan file included */
export function loadAuthConfig(env: Env): AuthConfig {
  const { PLANS, ...config } = loadConfig(authSettings, env);
  const plans = PLANS === undefined ? builtInPlans : parsePlanFile('PLANS', PLANS);
  if (isFaults(plans)) throw new ConfigError(plans);
  if (!Object.hasOwn(plans, config.DEFAULT_PLAN)) {
    const problem = `is ${JSON.stringify(config.DEFAULT_PLAN)}`;
    const expected = `one of ${Object.keys(plans).join(', ')}`;
    throw new ConfigError([{ variable: 'DEFAULT_PLAN', problem, expected }]);
  }
  return Object.freeze({ ...config, plans });
}

const isFaults = (plans: Readonly<Record<string, Plan>> | readonly ConfigFault[]): plans is readonly ConfigFault[] =>
  Array.isArray(plans);
