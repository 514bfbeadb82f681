import { partitionCountSetting } from '@wam/contracts';
import { busSettings, type Env, loadConfig, otherKeksSetting, secret } from '@wam/service-kit';
import Type, { type Static } from 'typebox';
import type { PacePolicy } from './pace/plan-step.ts';

const perMinute = (usual: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: 60_000, default: usual, description });

export const dispatcherSettings = Type.Object({
  DATABASE_URL: secret({ description: 'Postgres; the service keeps to its schema `dispatcher`' }),
  ...busSettings,
  WAM_KEK: secret({ description: 'Base64 of the 32 bytes that all sealed data is under', minLength: 43 }),
  WAM_OTHER_KEKS: otherKeksSetting,
  PARTITION_COUNT: partitionCountSetting,
  CAMPAIGN_PACE_WHATSAPP: perMinute(60, 'Messages of campaigns a minute for each session on the real network'),
  CAMPAIGN_PACE_SANDBOX: perMinute(60_000, 'Messages of campaigns a minute for each session of the sandbox'),
  CAMPAIGN_WARM_UP: Type.Enum(['whatsapp', 'all', 'none'], {
    default: 'whatsapp',
    description: 'Sessions that may send only a little on their first days',
  }),
});
export type DispatcherConfig = Readonly<Static<typeof dispatcherSettings>>;

/** @throws ConfigError with all faults at once */
export const loadDispatcherConfig = (env: Env): DispatcherConfig => loadConfig(dispatcherSettings, env);

export const pacePolicyOf = (config: DispatcherConfig): PacePolicy => ({
  perMinute: { whatsapp: config.CAMPAIGN_PACE_WHATSAPP, sandbox: config.CAMPAIGN_PACE_SANDBOX },
  warmUp: { whatsapp: config.CAMPAIGN_WARM_UP !== 'none', sandbox: config.CAMPAIGN_WARM_UP === 'all' },
});
