import { defineService, type Service } from '@wam/service-kit';

/** One service out of parts that do not need each other: started and stopped at the same time. */
export function startTogether(name: string, parts: readonly Service[]): Service {
  const stopAll = async (): Promise<void> => {
    const stopped = await Promise.allSettled(parts.map((part) => part.stop()));
    const failures = stopped.filter((result) => result.status === 'rejected').map((result) => result.reason);
    if (failures.length > 0) throw new AggregateError(failures, `${name}: some parts failed to stop`);
  };
  return defineService({
    name,
    async start() {
      const started = await Promise.allSettled(parts.map((part) => part.start()));
      const failed = started.find((result) => result.status === 'rejected');
      // The caller stops what it could not start, this one included.
      if (failed !== undefined) throw failed.reason;
    },
    stop: stopAll,
    health() {
      for (const part of parts) {
        const health = part.health();
        if (!health.ready) return { ready: false, detail: `${part.name}: ${health.detail ?? 'not ready'}` };
      }
      return { ready: true };
    },
  });
}
