import { type Env, loadConfig, otherKeksSetting, secret } from '@wam/service-kit';
import Type, { type Static } from 'typebox';

export const dispatcherSettings = Type.Object({
  DATABASE_URL: secret({ description: 'Postgres; the service keeps to its schema `dispatcher`' }),
  NATS_URL: Type.String({ default: 'nats://127.0.0.1:4222', description: 'NATS servers, separated by commas' }),
  WAM_KEK: secret({ description: 'Base64 of the 32 bytes that all sealed data is under', minLength: 43 }),
  WAM_OTHER_KEKS: otherKeksSetting,
});
export type DispatcherConfig = Readonly<Static<typeof dispatcherSettings>>;

/** @throws ConfigError with all faults at once */
export const loadDispatcherConfig = (env: Env): DispatcherConfig => loadConfig(dispatcherSettings, env);
