export interface CheckResult {
  ready: boolean;
  detail?: string;
}
export interface ReadinessReport {
  ready: boolean;
  checks: Record<string, CheckResult>;
}

/** What /livez and /readyz answer. Alive means the process runs; ready means every part says so and no shutdown has begun. */
export interface HealthRegistry {
  register(name: string, check: () => CheckResult | Promise<CheckResult>): void;
  /** From now on not ready, whatever the checks say: the load balancer must stop sending. */
  drain(): void;
  readonly isDraining: boolean;
  live(): { live: true };
  /** A check that throws or exceeds `timeoutMs` (default 2000) is not ready. */
  ready(timeoutMs?: number): Promise<ReadinessReport>;
}

async function runCheck(check: () => CheckResult | Promise<CheckResult>, timeoutMs: number): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<CheckResult>((resolve) => {
    timer = setTimeout(() => resolve({ ready: false, detail: `no answer in ${timeoutMs} ms` }), timeoutMs);
  });
  try {
    return await Promise.race([(async () => check())(), tooLate]);
  } catch (error) {
    return { ready: false, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}

export function createHealthRegistry(): HealthRegistry {
  const checks = new Map<string, () => CheckResult | Promise<CheckResult>>();
  let draining = false;
  return {
    register: (name, check) => {
      checks.set(name, check);
    },
    drain: () => {
      draining = true;
    },
    get isDraining() {
      return draining;
    },
    live: () => ({ live: true }),
    async ready(timeoutMs = 2_000) {
      const results = await Promise.all(
        [...checks].map(async ([name, check]) => [name, await runCheck(check, timeoutMs)] as const),
      );
      if (draining) results.push(['shutdown', { ready: false, detail: 'stopping' }]);
      return { ready: results.every(([, result]) => result.ready), checks: Object.fromEntries(results) };
    },
  };
}
