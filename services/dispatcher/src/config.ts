import { type Env, loadConfig, secret } from '@wam/service-kit';
import Type, { type Static } from 'typebox';

export const dispatcherSettings = Type.Object({
  DATABASE_URL: secret({ description: 'Postgres; the service keeps to its schema `dispatcher`' }),
  NATS_URL: Type.String({ description: 'NATS servers, separated by commas' }),
  WAM_KEK: secret({ description: 'Base64 of the 32 bytes that all sealed data is under', minLength: 44 }),
});
export type DispatcherConfig = Readonly<Static<typeof dispatcherSettings>>;

/** @throws ConfigError with all faults at once */
export const loadDispatcherConfig = (env: Env): DispatcherConfig => loadConfig(dispatcherSettings, env);
