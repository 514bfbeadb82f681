import { partitionCountSetting } from '@wam/contracts';
import { busSettings, duration, type Env, loadConfig, otherKeksSetting, secret } from '@wam/service-kit';
import Type, { type Static } from 'typebox';

/** Settings of a session engine, as environment variables. One process serves one network. */
export const sessionEngineSettings = Type.Object({
  DATABASE_URL: secret({ description: 'Postgres, as postgres://user:password@host:port/database' }),
  ...busSettings,
  WAM_KEK: secret({
    minLength: 43,
    description: 'Base64 of the 32 bytes that everything sealed at rest is under; Signal keys and messages here',
  }),
  WAM_OTHER_KEKS: otherKeksSetting,
  WAM_NETWORK: Type.Enum(['sandbox', 'whatsapp'], {
    default: 'sandbox',
    description: 'The network this engine connects to. One per process: its trust root is process-wide',
  }),
  WAM_POOL: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9-]{1,80}$',
      description:
        'Sessions this engine serves: the network (default: accounts without a pool of their own), or network-name for the accounts of the pool `name`',
    }),
  ),
  WHATSAPP_URL: Type.Optional(
    Type.String({
      pattern: '^wss?://',
      description: 'WebSocket of the network. Needed for the sandbox; default for whatsapp: the real one',
    }),
  ),
  WHATSAPP_NOISE_ROOT: Type.Optional(
    Type.String({
      minLength: 43,
      description: 'Base64 of the public key that signs the servers of the network. The sandbox is asked for its own',
    }),
  ),
  PARTITION_COUNT: partitionCountSetting,
  ENGINE_LEASE_TTL: duration({
    default: 3_000,
    minimum: 1_000,
    description: 'After so long without a sign of life an engine loses its sessions to the others of its pool',
  }),
  WAM_MODE: Type.Enum(['development', 'production'], {
    default: 'development',
    description: 'development: first account, key and network are made for you; production: they are yours to set',
  }),
  SHUTDOWN_GRACE: Type.Optional(duration({ description: 'How long handing sessions over to other engines may take' })),
  ENGINE_DATABASE_POOL: Type.Integer({
    default: 6,
    minimum: 3,
    maximum: 100,
    description: 'Postgres connections per process. All writes are batched, so few are needed',
  }),
  ENGINE_QUIET_LIMIT: duration({
    default: '25s',
    minimum: 100,
    maximum: 120_000,
    description: 'A connection that received nothing for so long must answer within 10 s, or is opened anew',
  }),
  ENGINE_ACK_LIMIT: duration({
    default: '40s',
    minimum: 100,
    maximum: 600_000,
    description: 'A connection on which WhatsApp acknowledges no message for so long, though some wait, is opened anew',
  }),
  ENGINE_LOGIN_CONCURRENCY: Type.Integer({
    default: 8,
    minimum: 1,
    maximum: 100,
    description: 'Logins at once; each takes about 25 ms of a core, and otherwise waits for WhatsApp',
  }),
});
export type SessionEngineConfig = Readonly<Static<typeof sessionEngineSettings>>;

/** @throws ConfigError with every fault at once */
export const loadSessionEngineConfig = (env: Env): SessionEngineConfig => loadConfig(sessionEngineSettings, env);
