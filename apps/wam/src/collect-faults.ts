import { ConfigError, type ConfigFault } from '@wam/service-kit';

/**
 * Runs all loaders, so that one look repairs every setting of every part.
 * @throws ConfigError with the faults of all of them, each variable's fault once
 */
export function loadAll<const T extends readonly unknown[]>(loaders: { [K in keyof T]: () => T[K] }): T {
  const faults = new Map<string, ConfigFault>();
  const loaded: unknown[] = [];
  for (const load of loaders) {
    try {
      loaded.push(load());
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      // Parts share most settings: the first one's wording stands for all.
      for (const fault of error.faults) if (!faults.has(fault.variable)) faults.set(fault.variable, fault);
    }
  }
  if (faults.size > 0) throw new ConfigError([...faults.values()]);
  return loaded as unknown as T;
}
