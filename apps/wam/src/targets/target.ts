import type { Env, Logger, Service } from '@wam/service-kit';

export const targetNames = [
  'gateway',
  'auth',
  'session-engine',
  'dispatcher',
  'analytics',
  'webhooks',
  'sandbox',
] as const;
export type TargetName = (typeof targetNames)[number];
export const isTargetName = (name: string): name is TargetName => (targetNames as readonly string[]).includes(name);

export interface TargetDeps {
  logger: Logger;
}

/** One service as it is deployed: reads its settings, then builds itself from them. */
export interface Target<S extends Service = Service> {
  /** @throws ConfigError with every fault of this target's settings at once */
  load(env: Env): (deps: TargetDeps) => S;
}
