/** Settings of the launcher. The only place of this package that knows the environment. */
import { resolve } from 'node:path';
import { type Network, networkOfPool, partitionCountSetting } from '@wam/contracts';
import { busSettings, duration, type Env, type LogLevel, loadConfig, secret, tracingSettings } from '@wam/service-kit';
import Type, { type Static } from 'typebox';

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

export const launcherSettings = Type.Object({
  PORT: Type.Integer({
    default: 3000,
    minimum: 0,
    maximum: 65_535,
    description: 'Port of API and dashboard; 0 picks a free one',
  }),
  WAM_DATA_DIR: Type.String({ default: '.wam', description: 'Folder of everything the platform keeps' }),
  WAM_MODE: Type.Enum(['development', 'production'], {
    default: 'development',
    description: 'development: first account, key and network are made for you; production: they are yours to set',
  }),
  WAM_DEFAULT_NETWORK: Type.Optional(
    Type.Enum(['sandbox', 'whatsapp'], {
      description: 'Network of new sessions that name none. Default: sandbox in development, whatsapp in production',
    }),
  ),
  DATABASE_URL: Type.Optional(secret({ description: 'Postgres to use. Default: an own one in WAM_DATA_DIR' })),
  ...busSettings,
  NATS_URL: Type.Optional(Type.String({ description: 'NATS servers to use. Default: an own one in WAM_DATA_DIR' })),
  WAM_KEK: Type.Optional(
    secret({
      description: 'Base64 of the 32 bytes that all sealed data is under. Default: made once, in WAM_DATA_DIR/kek',
    }),
  ),
  DEFAULT_PLAN: Type.Optional(
    Type.String({ description: 'Plan of new accounts. Default: enterprise for all in development, otherwise trial' }),
  ),
  SANDBOX_PORT: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 65_535,
      description: 'Port of the simulated network. Default: a free one for all, otherwise 3900; 0 is a free one',
    }),
  ),
  LOG_LEVEL: Type.Optional(
    Type.Enum(logLevels, { description: 'Log lines on stderr. Default: warn for all in a terminal, otherwise info' }),
  ),
  MANAGEMENT_PORT: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 65_535,
      description: 'Port of /livez, /readyz and /metrics of one target; 0 is a free one. Default: none',
    }),
  ),
  ...tracingSettings,
  DRAIN_DELAY: duration({
    default: 0,
    description: 'Time between readiness off and the stop, for load balancers to notice',
  }),
  PARTITION_COUNT: partitionCountSetting,
  WAM_READY_FILE: Type.Optional(
    Type.String({ description: 'File that is written, with URL, account and session, when everything runs' }),
  ),
});
export type LauncherConfig = Omit<Readonly<Static<typeof launcherSettings>>, 'WAM_MODE' | 'LOG_LEVEL'> & {
  WAM_MODE: 'development' | 'production';
  LOG_LEVEL?: LogLevel;
};

/** @throws ConfigError with all faults at once; `WAM_DATA_DIR` is absolute in the result */
export function loadLauncherConfig(env: Env): LauncherConfig {
  const config = loadConfig(launcherSettings, env) as LauncherConfig;
  return { ...config, WAM_DATA_DIR: resolve(config.WAM_DATA_DIR) };
}

export const defaultNetworkOf = ({ WAM_DEFAULT_NETWORK, WAM_MODE }: LauncherConfig): Network =>
  (WAM_DEFAULT_NETWORK as Network | undefined) ?? (WAM_MODE === 'production' ? 'whatsapp' : 'sandbox');

/** What only a start finds out, and each service then reads as if an operator had set it. */
export interface StartedFacts {
  databaseUrl: string;
  natsUrl: string;
  kek: string;
  sandboxPort: number;
}

/**
 * The environment of every part of an installation in one place: what the operator set stays, what was left out is
 * filled in from this start. Pure.
 */
export function partsEnvironment(env: Env, config: LauncherConfig, facts: StartedFacts): Record<string, string> {
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    ...Object.fromEntries(given.filter(([name]) => !ofTheLauncher.has(name))),
    WAM_MODE: config.WAM_MODE,
    WAM_DATA_DIR: config.WAM_DATA_DIR,
    PORT: String(config.PORT),
    WAM_DEFAULT_NETWORK: defaultNetworkOf(config),
    DEFAULT_PLAN: config.DEFAULT_PLAN ?? (config.WAM_MODE === 'development' ? 'enterprise' : 'trial'),
    DATABASE_URL: facts.databaseUrl,
    NATS_URL: facts.natsUrl,
    WAM_KEK: facts.kek,
    SANDBOX_PORT: String(facts.sandboxPort),
  };
}

/** What the engine of a pool reads: for the sandbox, the one of this installation. Pure. */
export function engineEnvironment(
  merged: Record<string, string>,
  pool: string,
  sandboxPort: number,
): Record<string, string> {
  const network = networkOfPool(pool) ?? pool;
  const ofNetwork = network === 'sandbox' ? { WHATSAPP_URL: `ws://127.0.0.1:${sandboxPort}/ws/chat` } : {};
  return { ...merged, WAM_NETWORK: network, WAM_POOL: pool, ...ofNetwork };
}

/** Values are in the merged environment already, in whichever form they were given. */
const ofTheLauncher = new Set([
  'DATABASE_URL_FILE',
  'NATS_URL_FILE',
  'WAM_KEK_FILE',
  'WAM_READY_FILE',
  // The parts in one process have one between them, and none of their children is told.
  'MANAGEMENT_PORT',
]);

/** Values of the right form, to check all settings before anything is started. */
export const placeholderFacts: StartedFacts = {
  databaseUrl: 'postgres://localhost/placeholder',
  natsUrl: 'nats://127.0.0.1:4222',
  kek: Buffer.alloc(32).toString('base64'),
  sandboxPort: 3900,
};
